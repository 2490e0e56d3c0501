using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>One gRPC call as a handler sees it.</summary>
/// <param name="loseReply">The call is done and its caller never learns of it.</param>
internal sealed class RpcCall(HttpContext http, byte[] request, IReadOnlyList<string> roles, bool loseReply)
{
    private const int FrameHeaderBytes = 5;

    private Action? _afterHangUp;

    /// <summary>`/machine.MachineService/Version`.</summary>
    public string Path { get; } = http.Request.Path.Value ?? "";

    public string Method => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The O values of the client's certificate; what maintenance mode grants when there is none.</summary>
    public IReadOnlyList<string> Roles { get; } = roles;

    /// <summary>The caller hung up.</summary>
    public CancellationToken Aborted => http.RequestAborted;

    public T Read<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(request);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new RpcFailure(RpcStatus.Internal, "grpc: error unmarshalling request");
        }
    }

    public async Task SendAsync(IMessage message)
    {
        if (loseReply)
            return;
        var size = message.CalculateSize();
        var writer = http.Response.BodyWriter;
        var span = writer.GetSpan(FrameHeaderBytes + size);
        span[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)size);
        message.WriteTo(span.Slice(FrameHeaderBytes, size));
        writer.Advance(FrameHeaderBytes + size);
        await writer.FlushAsync(http.RequestAborted);
    }

    /// <summary>Breaks the connection instead of answering.</summary>
    public void Abort() => http.Abort();

    /// <summary>Runs once the answer has been handed to the connection.</summary>
    public void AfterAnswer(Action action)
    {
        if (loseReply)
        {
            _afterHangUp += action;
            return;
        }

        http.Response.OnCompleted(() =>
        {
            action();
            return Task.CompletedTask;
        });
    }

    /// <summary>Cuts the call off if its reply is to be lost.</summary>
    public bool HangUp()
    {
        if (!loseReply)
            return false;
        http.Abort();
        _afterHangUp?.Invoke();
        return true;
    }

    public static async Task<byte[]> ReadFrameAsync(HttpContext http)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(http.RequestAborted);
            if (!result.IsCompleted)
            {
                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            var body = result.Buffer.ToArray();
            reader.AdvanceTo(result.Buffer.End);
            if (body.Length < FrameHeaderBytes || body[0] != 0
                || BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1)) != body.Length - FrameHeaderBytes)
                throw new RpcFailure(RpcStatus.Internal, "the request is not one uncompressed gRPC message");
            return body[FrameHeaderBytes..];
        }
    }
}
