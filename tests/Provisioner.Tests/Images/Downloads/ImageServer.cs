using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kronform.Provision.Provisioner.Tests.Images.Downloads;

/// <param name="Headers">Names in lower case.</param>
internal sealed record ImageRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? Range => Headers.GetValueOrDefault("range");
}

/// <summary>What goes over the line, whether it is true or not.</summary>
internal sealed record ImageAnswer(int Status, byte[] Body, params string[] Headers)
{
    /// <summary>Sent as Content-Length; null sends none.</summary>
    public long? Length { get; init; } = Body.Length;

    /// <summary>The connection ends after so many bytes of the body.</summary>
    public int? CutAfter { get; init; }

    /// <summary>After the body the connection stays open and nothing more comes.</summary>
    public bool Holds { get; init; }

    public static ImageAnswer Text(int status, string text) => new(status, Encoding.UTF8.GetBytes(text));
}

/// <summary>A web server on loopback that answers each request on a connection of its own and remembers all of them.</summary>
internal sealed class ImageServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly Func<ImageRequest, int, ImageAnswer> _answer;
    private readonly Task _accepting;

    /// <param name="answer">Gets the request and how many came before it.</param>
    public ImageServer(Func<ImageRequest, int, ImageAnswer> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public ConcurrentQueue<ImageRequest> Requests { get; } = new();

    public Uri Url(string path) => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/{path}");

    /// <summary>As a decent server does it: ranges, if the tag still holds.</summary>
    public static ImageAnswer Serve(ImageRequest request, byte[] content, string tag = "\"one\"")
    {
        if (request.Range is not { } range || (request.Headers.TryGetValue("if-range", out var held) && held != tag))
            return new ImageAnswer(200, content, $"ETag: {tag}");
        var from = int.Parse(range["bytes=".Length..].TrimEnd('-'));
        return from >= content.Length
            ? new ImageAnswer(416, [], $"Content-Range: bytes */{content.Length}")
            : new ImageAnswer(206, content[from..], $"ETag: {tag}", $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}");
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
        try
        {
            await _accepting;
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
        }

        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_over.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            await using var stream = client.GetStream();
            var request = await ReadAsync(stream);
            var before = Requests.Count;
            Requests.Enqueue(request);
            var answer = _answer(request, before);
            var head = new StringBuilder($"HTTP/1.1 {answer.Status} X\r\nConnection: close\r\n");
            foreach (var header in answer.Headers) head.Append(header).Append("\r\n");
            if (answer.Length is { } length) head.Append($"Content-Length: {length}\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _over.Token);
            if (request.Method != "HEAD") await stream.WriteAsync(answer.Body.AsMemory(0, answer.CutAfter ?? answer.Body.Length), _over.Token);
            if (answer.Holds) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _over.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException)
        {
        }
    }

    private async Task<ImageRequest> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (!(bytes.Count >= 4 && bytes[^4..] is [13, 10, 13, 10]))
        {
            if (await stream.ReadAsync(one, _over.Token) == 0) throw new IOException("the client left");
            bytes.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines[1..].Select(l => l.Split(": ", 2)).ToDictionary(h => h[0].ToLowerInvariant(), h => h[1]);
        var body = new byte[int.Parse(headers.GetValueOrDefault("content-length", "0"))];
        await stream.ReadExactlyAsync(body, _over.Token);
        var start = lines[0].Split(' ');
        return new ImageRequest(start[0], start[1].TrimStart('/'), headers, Encoding.UTF8.GetString(body));
    }
}
