using System.Net.Sockets;
using System.Text;

namespace Kronform.Provision.Agent.Jobs;

/// <summary>
/// Where a running job can be reached by other processes of this machine's root. The first byte of a connection says what it is
/// for: <see cref="Input"/>, <see cref="Cancel"/>, or <see cref="Ask"/>, which is answered by the number of input connections.
/// </summary>
internal sealed class JobSocket : IAsyncDisposable
{
    private const byte Input = (byte)'i';
    private const byte Cancel = (byte)'c';
    private const byte Ask = (byte)'a';
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _over = new();
    private readonly JobInput _input;
    private readonly Action _cancel;
    private readonly Task _accepting;
    private int _watchers;

    /// <param name="path">At most 107 bytes, which is what the kernel takes (unix(7)).</param>
    public JobSocket(string path, JobInput input, Action cancel)
    {
        (_path, _input, _cancel) = (path, input, cancel);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>A connection that feeds the job; null when the job is not there (any more).</summary>
    public static Task<Stream?> ConnectAsync(JobFolder job, CancellationToken cancellation) => ConnectAsync(job, Input, cancellation);

    /// <returns>False when the job is not there (any more).</returns>
    public static async Task<bool> CancelAsync(JobFolder job, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(job, Cancel, cancellation);
        return connection is not null;
    }

    /// <summary>How many could answer the job or send it something; 0 when it is not there, or does not say.</summary>
    public static async Task<int> WatchersAsync(JobFolder job, TimeProvider time, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(job, Ask, cancellation);
        if (connection is null) return 0;
        using var reader = new StreamReader(connection);
        try
        {
            return int.TryParse(await reader.ReadToEndAsync(cancellation).WaitAsync(AnswerLimit, time, cancellation), out var watchers) ? watchers : 0;
        }
        catch (Exception gone) when (gone is IOException or TimeoutException)
        {
            return 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        File.Delete(_path);
        await _accepting;
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptAsync(_over.Token), _over.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken over)
    {
        try
        {
            await using var connection = new NetworkStream(socket, ownsSocket: true);
            var verb = new byte[1];
            if (await connection.ReadAsync(verb, over) == 0) return;
            switch (verb[0])
            {
                case Input: await FeedAsync(connection, over); break;
                case Cancel: _cancel(); break;
                case Ask: await connection.WriteAsync(Encoding.ASCII.GetBytes($"{Volatile.Read(ref _watchers)}"), over); break;
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // Whoever asked is gone, or the job is over.
        }
    }

    private async Task FeedAsync(NetworkStream connection, CancellationToken over)
    {
        Interlocked.Increment(ref _watchers);
        try
        {
            await _input.FeedAsync(connection, over);
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }
    }

    private static async Task<Stream?> ConnectAsync(JobFolder job, byte verb, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(job.Socket), cancellation);
            var connection = new NetworkStream(socket, ownsSocket: true);
            await connection.WriteAsync(new[] { verb }, cancellation);
            return connection;
        }
        catch (Exception gone) when (gone is SocketException or IOException)
        {
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
