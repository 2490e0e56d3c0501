using System.Collections.Concurrent;
using System.Text;

namespace Kronform.Provision.Ssh;

/// <summary>
/// A shell on the far side that ends commands: one by one when asked, all of them when the connection ends without good-bye.
/// Killing the local ssh does not do that: a far process that neither reads nor writes would live on, and sshd ignores signal
/// requests for root. It has a channel of its own because a command's own input may be closed, full, or not ours to read.
/// </summary>
internal sealed class FarGuard : IDisposable
{
    private readonly ChildProcess _client;
    private readonly StreamReader _answers;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<bool>> _ending = new();
    private readonly TimeProvider _time;
    private Task _listening = Task.CompletedTask;

    private FarGuard(ChildProcess client, TimeProvider time)
    {
        _client = client;
        _time = time;
        _answers = new StreamReader(client.Output, Encoding.ASCII);
    }

    /// <summary>Completes when it answers no more: the connection, or it alone, is gone.</summary>
    public Task Gone => _listening;

    /// <summary>Null when the far side cannot run it; the text says why.</summary>
    public static async Task<(FarGuard? Guard, string Problem)> StartAsync(
        OpenSshMaster master, string session, TimeProvider time, CancellationToken cancellation)
    {
        var (client, _) = master.Run(FarScript.Watch(session));
        var guard = new FarGuard(client, time);
        var error = new CappedText(4096);
        var errors = Pump.RunAsync(client.Error, error, CancellationToken.None);
        try
        {
            while (await guard._answers.ReadLineAsync(cancellation) is { } line)
            {
                // A login shell may print a greeting first.
                if (line == "unfit")
                {
                    guard.Dispose();
                    return (null, "its grep does not know -z, or /proc is missing");
                }

                if (line == "ready")
                {
                    guard._listening = guard.ListenAsync();
                    return (guard, "");
                }
            }

            await errors.WaitAsync(TimeSpan.FromSeconds(1), time, cancellation);
        }
        catch (TimeoutException)
        {
        }
        catch
        {
            guard.Dispose();
            throw;
        }

        guard.Dispose();
        return (null, error.Text.Trim() is { Length: > 0 } text ? text : "it ended without a word");
    }

    /// <summary>True once no process of that command is left; false when that could not be established in time.</summary>
    public async Task<bool> EndAsync(string tag, TimeSpan within)
    {
        var ended = _ending.GetOrAdd(tag, _ => new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            using var limit = new CancellationTokenSource(within, _time);
            await SayAsync($"end {tag}\n", limit.Token);
            // Whoever comes after the listener has left would wait for nothing.
            await Task.WhenAny(ended.Task, Gone).WaitAsync(limit.Token);
            return ended.Task is { IsCompletedSuccessfully: true, Result: true };
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            _ending.TryRemove(tag, out _);
        }
    }

    /// <summary>Good-bye: what completed commands left running on purpose is left alone.</summary>
    public async Task QuitAsync(TimeSpan within)
    {
        try
        {
            using var limit = new CancellationTokenSource(within, _time);
            await SayAsync("quit\n", limit.Token);
            await _client.Exited.WaitAsync(limit.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is gone; the guard knows already.
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task SayAsync(string line, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            await _client.Input.WriteAsync(Encoding.ASCII.GetBytes(line), cancellation);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ListenAsync()
    {
        try
        {
            while (await _answers.ReadLineAsync() is { } line)
            {
                if (line.Split(' ') is [("ended" or "alive") and var answer, var tag] && _ending.TryGetValue(tag, out var asked))
                    asked.TrySetResult(answer == "ended");
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
        }
    }
}
