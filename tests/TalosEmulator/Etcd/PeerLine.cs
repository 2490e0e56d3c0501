using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kronform.Provision.TalosEmulator.Etcd;

/// <summary>
/// How emulated control planes talk on etcd's port: one JSON line there, one back, each signed with the cluster's secret. A node
/// of another cluster gets no answer, as it would fail etcd's TLS handshake.
/// </summary>
internal sealed class PeerLine(string clusterSecret, TimeProvider time)
{
    private const int MaxLineChars = 1 << 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly byte[] _key = Encoding.UTF8.GetBytes(clusterSecret);

    /// <returns>Null when nobody of this cluster answers there.</returns>
    public async Task<PeerReply?> AskAsync(IPEndPoint peer, PeerRequest request, CancellationToken cancellation)
    {
        using var expiry = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, expiry.Token);
        try
        {
            using var client = new TcpClient(peer.AddressFamily) { NoDelay = true };
            await client.ConnectAsync(peer, either.Token);
            await using var stream = client.GetStream();
            await WriteAsync(stream, request, EtcdJson.Default.PeerRequest, "request", either.Token);
            return await ReadAsync(stream, EtcdJson.Default.PeerReply, "reply", either.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or JsonException
                                  || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Answers one connection; a stranger's is closed without a word.</summary>
    public async Task AnswerAsync(Stream stream, Func<PeerRequest, CancellationToken, Task<PeerReply>> answer, CancellationToken cancellation)
    {
        using var expiry = new CancellationTokenSource(2 * Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, expiry.Token);
        try
        {
            if (await ReadAsync(stream, EtcdJson.Default.PeerRequest, "request", either.Token) is { } request)
                await WriteAsync(stream, await answer(request, either.Token), EtcdJson.Default.PeerReply, "reply", either.Token);
        }
        catch (Exception e) when (e is IOException or JsonException or OperationCanceledException)
        {
            // The asker is gone or talks nonsense; it will ask again or not.
        }
    }

    private async Task WriteAsync<T>(Stream stream, T message, JsonTypeInfo<T> type, string direction, CancellationToken cancellation)
    {
        var body = JsonSerializer.Serialize(message, type);
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{Sign(direction, body)} {body}\n"), cancellation);
    }

    private async Task<T?> ReadAsync<T>(Stream stream, JsonTypeInfo<T> type, string direction, CancellationToken cancellation)
        where T : class
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, MaxLineChars, leaveOpen: true);
        if ((await reader.ReadLineAsync(cancellation))?.Split(' ', 2) is not [var signature, var body])
            return null;

        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), Encoding.UTF8.GetBytes(Sign(direction, body)))
            ? JsonSerializer.Deserialize(body, type)
            : null;
    }

    private string Sign(string direction, string body) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{direction}\n{body}")));
}
