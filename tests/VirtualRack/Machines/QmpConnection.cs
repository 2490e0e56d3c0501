using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kronform.Provision.VirtualRack.Machines;

/// <summary>QEMU's control connection: a line of JSON each way. Remembers why the machine went down.</summary>
internal sealed class QmpConnection : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly StreamReader _reader;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _waiting = new();
    private readonly Task _reading;
    private int _last;

    private QmpConnection(Socket socket)
    {
        _socket = socket;
        _reader = new StreamReader(new NetworkStream(socket));
        _reading = ReadAsync();
    }

    /// <summary>QEMU's word for it, such as guest-reset or guest-shutdown; null until the SHUTDOWN event.</summary>
    public string? ShutdownReason { get; private set; }

    /// <summary>Completes when QEMU has closed the connection and all it said before was read.</summary>
    public Task Ended => _reading;

    /// <param name="ended">Trying stops when this completes (the process is gone); the result is then null.</param>
    public static async Task<QmpConnection?> ConnectAsync(string abstractName, Task ended, TimeProvider time)
    {
        while (!ended.IsCompleted)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint("\0" + abstractName));
                var connection = new QmpConnection(socket);
                await connection.ExecuteAsync("qmp_capabilities", null, CancellationToken.None);
                return connection;
            }
            catch (Exception failure) when (failure is SocketException or IOException)
            {
                socket.Dispose();
                await Task.Delay(TimeSpan.FromMilliseconds(20), time);
            }
        }

        return null;
    }

    /// <exception cref="IOException">QEMU refused, or the connection is gone.</exception>
    public async Task<JsonElement> ExecuteAsync(string command, JsonObject? arguments, CancellationToken cancellation)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        if (_reading.IsCompleted)
            throw new IOException($"QEMU is gone; {command} was not sent");
        var message = new JsonObject { ["execute"] = command, ["id"] = id };
        if (arguments is not null)
            message["arguments"] = arguments;
        await _writing.WaitAsync(cancellation);
        try
        {
            await _socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(message.ToJsonString() + "\n"), cancellation);
        }
        catch (SocketException failure)
        {
            throw new IOException($"QEMU did not take {command}", failure);
        }
        finally
        {
            _writing.Release();
        }

        var reply = await answer.Task.WaitAsync(cancellation);
        return reply.TryGetProperty("error", out var error)
            ? throw new IOException($"QEMU refused {command}: {error.GetProperty("desc").GetString()}")
            : reply.GetProperty("return");
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading;
        _writing.Dispose();
        _reader.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _reader.ReadLineAsync() is { } line)
            {
                using var document = JsonDocument.Parse(line);
                var message = document.RootElement;
                if (message.TryGetProperty("id", out var id) && _waiting.TryRemove(id.GetInt32(), out var waiting))
                    waiting.SetResult(message.Clone());
                else if (message.TryGetProperty("event", out var name) && name.GetString() == "SHUTDOWN")
                    ShutdownReason = message.GetProperty("data").GetProperty("reason").GetString();
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or JsonException)
        {
            // A killed QEMU resets the connection; what ended it is known from elsewhere.
        }

        foreach (var id in _waiting.Keys)
        {
            if (_waiting.TryRemove(id, out var waiting))
                waiting.TrySetException(new IOException("QEMU closed the control connection before it answered"));
        }
    }
}
