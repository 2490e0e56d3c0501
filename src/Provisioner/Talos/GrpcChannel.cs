using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Kronform.Provision.Reports;

namespace Kronform.Provision.Talos;

/// <summary>
/// gRPC over HttpClient's HTTP/2: one request message, one or many response messages. No gRPC client package can be had, and the
/// framing is a dozen lines.
/// </summary>
/// <param name="connection">Explains failed connections; disposed with the channel.</param>
internal sealed class GrpcChannel(TalosConnection connection, TimeProvider time) : IDisposable
{
    /// <summary>Talos's own limit, both ways.</summary>
    private const int MaxMessageBytes = 32 << 20;

    private const int FrameHeaderBytes = 5;

    private static readonly MediaTypeHeaderValue GrpcContent = new("application/grpc");

    private readonly HttpMessageInvoker _http = new(connection.Handler, disposeHandler: true);

    /// <exception cref="TalosRpcException">Any status but OK; connection failures as Unavailable.</exception>
    /// <exception cref="TalosTrustException">One side's certificate was not accepted by the other.</exception>
    public async Task<TResponse> UnaryAsync<TResponse>(
        string path, IMessage request, MessageParser<TResponse> parser, TimeSpan deadline, CancellationToken cancellation)
        where TResponse : class, IMessage<TResponse>
    {
        TResponse? response = null;
        await foreach (var message in ServerStreamAsync(path, request, parser, deadline, cancellation))
        {
            if (response is not null)
                throw Failed(path, GrpcCode.Internal, "the node sent more than one answer");
            response = message;
        }

        return response ?? throw Failed(path, GrpcCode.Internal, "the node sent no answer");
    }

    /// <summary>The stream ends normally only after the node's final OK: a cut stream throws.</summary>
    /// <exception cref="TalosRpcException">Any status but OK; connection failures as Unavailable.</exception>
    /// <exception cref="TalosTrustException">One side's certificate was not accepted by the other.</exception>
    public async IAsyncEnumerable<TResponse> ServerStreamAsync<TResponse>(
        string path, IMessage request, MessageParser<TResponse> parser, TimeSpan deadline,
        [EnumeratorCancellation] CancellationToken cancellation)
        where TResponse : class, IMessage<TResponse>
    {
        using var wait = WaitClock.On(FarSide.Talos);
        using var expiry = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, expiry.Token);
        var call = new Call(this, path, deadline, cancellation, expiry.Token);

        using var message = CreateRequest(path, request, deadline);
        using var response = await call.Guard(() => _http.SendAsync(message, either.Token));
        CheckHead(path, response);
        await using var body = await call.Guard(() => response.Content.ReadAsStreamAsync(either.Token));

        var header = new byte[FrameHeaderBytes];
        while (true)
        {
            var got = await call.Guard(() => body.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, either.Token).AsTask());
            if (got == 0)
                break;
            if (got < header.Length)
                throw Failed(path, GrpcCode.Internal, "the stream ended inside a frame");
            if (header[0] != 0)
                throw Failed(path, GrpcCode.Internal, "the node compressed a message, which was not offered");

            var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1));
            if (length > MaxMessageBytes)
                throw Failed(path, GrpcCode.ResourceExhausted, $"the node announced a message of {length} bytes");

            var frame = new byte[length];
            await call.Guard(async () =>
            {
                await body.ReadExactlyAsync(frame, either.Token);
                return true;
            });
            yield return Parse(path, parser, frame);
        }

        CheckTrailers(path, response.TrailingHeaders);
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage CreateRequest(string path, IMessage request, TimeSpan deadline)
    {
        var size = request.CalculateSize();
        if (size > MaxMessageBytes)
            throw Failed(path, GrpcCode.ResourceExhausted, $"a request of {size} bytes is more than Talos takes");

        var frame = new byte[FrameHeaderBytes + size];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)size);
        request.WriteTo(frame.AsSpan(FrameHeaderBytes));

        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(connection.Address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame) { Headers = { ContentType = GrpcContent } },
        };
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        message.Headers.TryAddWithoutValidation("grpc-timeout", GrpcTimeout.Encode(deadline));
        return message;
    }

    private void CheckHead(string path, HttpResponseMessage response)
    {
        // Trailers-only: an error without any message comes with its status in the head.
        if (GrpcStatus.Read(response.Headers) is { } early)
            ThrowUnlessOk(path, early);
        if (response.StatusCode != HttpStatusCode.OK)
            throw Failed(path, GrpcStatus.OfHttp(response.StatusCode), $"the node answered with HTTP status {(int)response.StatusCode}");
        if (response.Content.Headers.ContentType?.MediaType is not { } type || !GrpcStatus.IsGrpc(type))
            throw Failed(path, GrpcCode.Unknown, $"the node answered with content type '{response.Content.Headers.ContentType}', not gRPC");
        if (response.Headers.NonValidated.TryGetValues("grpc-encoding", out var encoding) && encoding.ToString() != "identity")
            throw Failed(path, GrpcCode.Internal, $"the node answers with encoding '{encoding}', which was not offered");
    }

    private void CheckTrailers(string path, HttpHeaders trailers) => ThrowUnlessOk(
        path, GrpcStatus.Read(trailers) ?? throw Failed(path, GrpcCode.Unavailable, "the stream ended without a status"));

    private void ThrowUnlessOk(string path, GrpcStatus status)
    {
        if (status.Code != GrpcCode.Ok)
            throw new TalosRpcException(status.Code, status.Message, Attempted(path)) { Details = status.Details };
    }

    private TResponse Parse<TResponse>(string path, MessageParser<TResponse> parser, byte[] frame)
        where TResponse : class, IMessage<TResponse>
    {
        try
        {
            return parser.ParseFrom(frame);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Failed(path, GrpcCode.Internal, "the node's answer is not the message it should be", e);
        }
    }

    private TalosRpcException Failed(string path, GrpcCode code, string detail, Exception? cause = null) =>
        new(code, detail, Attempted(path), cause);

    private string Attempted(string path) => $"Calling {path.TrimStart('/')} on {connection.Address.Authority}";

    private sealed class Call(
        GrpcChannel channel, string path, TimeSpan deadline, CancellationToken cancellation, CancellationToken expiry)
    {
        public async Task<T> Guard<T>(Func<Task<T>> step)
        {
            try
            {
                return await step();
            }
            catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested && expiry.IsCancellationRequested)
            {
                throw channel.Failed(path, GrpcCode.DeadlineExceeded, $"no answer within {deadline.TotalSeconds:0.#} s", e);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or ObjectDisposedException
                                      || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                throw channel.ConnectionFailed(path, e);
            }
        }
    }

    private Exception ConnectionFailed(string path, Exception cause) => connection.ExplainFailure(cause) is { } trust
        ? trust
        : Failed(path, GrpcStatus.OfBrokenCall(cause), connection.DescribeFailure(cause), cause);
}
