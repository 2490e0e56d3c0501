using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>How a connection ends.</summary>
public enum Ending
{
    Close,
    Reset,

    /// <summary>Stays open without another byte until the server goes.</summary>
    Hold,
}

/// <param name="Head">Status line and headers without the empty line.</param>
internal sealed record Answer(string Head, byte[] Body, Ending Ending = Ending.Close);

/// <param name="From">First byte of its range.</param>
internal sealed record Asked(int Number, string Target, long? From, string? IfRange);

/// <summary>An HTTP server of a few lines that can misbehave at will: one request per connection.</summary>
internal sealed class ImageServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentQueue<Asked> _asked = new();
    private readonly Func<Asked, Answer> _answer;
    private readonly Task _serving;

    public ImageServer(Func<Asked, Answer> answer)
    {
        _answer = answer;
        _listener.Start();
        _serving = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}/image";

    public IReadOnlyList<Asked> Requests => [.. _asked];

    public static ImageServer Always(string head, byte[] body, Ending ending = Ending.Close) => new(_ => new Answer(head, body, ending));

    /// <summary>As a good server answers, whole or the part that was asked for.</summary>
    public static Answer Good(byte[] file, Asked asked, string tag = "\"v1\"") => asked.From is { } from && (asked.IfRange is null || asked.IfRange == tag)
        ? new Answer($"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{file.Length - 1}/{file.Length}\r\nETag: {tag}\r\nContent-Length: {file.Length - from}", file[(int)from..])
        : new Answer($"HTTP/1.1 200 OK\r\nETag: {tag}\r\nContent-Length: {file.Length}", file);

    /// <summary>Good, but each answer ends after so many bytes.</summary>
    public static Answer Cut(byte[] file, Asked asked, int bytes, Ending ending) => Good(file, asked) is var good && good.Body.Length > bytes
        ? good with { Body = good.Body[..bytes], Ending = ending }
        : Good(file, asked);

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
        await _serving;
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true) served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_over.Token)));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }
        await Task.WhenAll(served);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                if (await ReadHeadAsync(stream) is not { } head) return;
                var asked = Parse(head, _asked.Count + 1);
                _asked.Enqueue(asked);
                var answer = _answer(asked);
                if (answer.Head.Length > 0) await stream.WriteAsync(Encoding.ASCII.GetBytes(answer.Head + "\r\nConnection: close\r\n\r\n"), _over.Token);
                await stream.WriteAsync(answer.Body, _over.Token);
                await stream.FlushAsync(_over.Token);
                if (answer.Ending == Ending.Hold) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _over.Token);
                if (answer.Ending == Ending.Reset) client.Client.LingerState = new LingerOption(true, 0);
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException)
            {
                // The other side had enough.
            }
        }
    }

    private async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var request = new byte[8192];
        for (var got = 0; ;)
        {
            var more = await stream.ReadAsync(request.AsMemory(got), _over.Token);
            if (more == 0) return null;
            got += more;
            var text = Encoding.ASCII.GetString(request, 0, got);
            if (text.Contains("\r\n\r\n")) return text;
        }
    }

    private static Asked Parse(string head, int number)
    {
        var lines = head.Split("\r\n");
        string? Value(string name) => lines.FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];
        var from = Value("Range") is { } range ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : (long?)null;
        return new Asked(number, lines[0].Split(' ')[1], from, Value("If-Range"));
    }
}
