extern alias provisioner;

using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kronform.Provision.Talos;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>Answers each HTTP/2 request with bytes written by hand (RFC 9113, RFC 7541), and then hangs up or waits.</summary>
internal sealed class RawHttp2Server : IAsyncDisposable
{
    public const int Data = 0, Headers = 1, RstStream = 3, Settings = 4, Ping = 6, GoAway = 7, Continuation = 9;
    public const int EndStream = 0x1, EndHeaders = 0x4, Padded = 0x8;

    private const int PrefaceBytes = 24;
    private const int HeadBytes = 9;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TalosCa _ca = TalosCa.CreateEcdsa(TimeProvider.System);
    private readonly X509Certificate2 _certificate;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<Request, IEnumerable<byte[]>> _answer;
    private readonly Task _serving;
    private int _requests;

    /// <param name="answer">Frames for a request, numbered from 1 through all connections.</param>
    public RawHttp2Server(Func<Request, IEnumerable<byte[]>> answer)
    {
        _answer = answer;
        _certificate = _ca.IssueServerCertificate("n1", [IPAddress.Loopback], [], TimeProvider.System, TimeSpan.FromHours(1));
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <param name="Number">From 1.</param>
    public sealed record Request(int Number, int Stream);

    /// <summary>After the answer the connection is closed at once, as by a process that dies.</summary>
    public bool HangsUp { get; init; } = true;

    /// <summary>The hanging up waits for this.</summary>
    public Task Before { get; init; } = Task.CompletedTask;

    public int Requests => _requests;

    public TalosConnection Connection() => TalosConnection.ForMaintenance(
        IPAddress.Loopback, ((IPEndPoint)_listener.LocalEndpoint).Port, SpkiFingerprint.Of(_certificate), TimeProvider.System);

    public static byte[] Frame(int type, int flags, int stream, params byte[] payload)
    {
        var frame = new byte[HeadBytes + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = ((byte)type, (byte)flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, HeadBytes);
        return frame;
    }

    /// <summary>Literal header fields, never indexed, without Huffman coding; `:status` 200 as its entry of the static table.</summary>
    public static byte[] Fields(params (string Name, string Value)[] fields) =>
        [.. fields.SelectMany(f => f == (":status", "200") ? (byte[])[0x88] : [0x10, .. Text(f.Name), .. Text(f.Value)])];

    public static byte[] Head(int stream) => Frame(Headers, EndHeaders, stream, Fields((":status", "200"), ("content-type", "application/grpc")));

    public static byte[] Trailers(int stream, string status) => Frame(Headers, EndHeaders | EndStream, stream, Fields(("grpc-status", status)));

    public static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _certificate.Dispose();
        _ca.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
            await using var tls = new SslStream(client.GetStream());
            try
            {
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [SslApplicationProtocol.Http2] }, _stopping.Token);
                await tls.WriteAsync(Frame(Settings, 0, 0), _stopping.Token);
                await tls.ReadExactlyAsync(new byte[PrefaceBytes], _stopping.Token);
                while (await ReadRequestAsync(tls) is { } stream)
                {
                    foreach (var bytes in _answer(new Request(Interlocked.Increment(ref _requests), stream)))
                        await tls.WriteAsync(bytes, _stopping.Token);
                    await Before.WaitAsync(_stopping.Token);
                    if (HangsUp)
                        break;
                }
            }
            catch (IOException)
            {
                // The client hung up first.
            }
        }
    }

    /// <returns>The stream of a request that is complete; null when the client hung up.</returns>
    private async Task<int?> ReadRequestAsync(SslStream tls)
    {
        var head = new byte[HeadBytes];
        while (await tls.ReadAtLeastAsync(head, HeadBytes, throwOnEndOfStream: false, _stopping.Token) == HeadBytes)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(head) >> 8;
            await tls.ReadExactlyAsync(new byte[length], _stopping.Token);
            if (head[3] is Data or Headers && (head[4] & EndStream) != 0)
                return BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5));
        }

        return null;
    }

    private static byte[] Text(string text) => text.Length < 127
        ? [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)]
        : throw new ArgumentException("Longer texts need another length.", nameof(text));
}
