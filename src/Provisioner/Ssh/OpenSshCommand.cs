namespace Kronform.Provision.Ssh;

/// <summary>One command on its way through the master: its client process, its streams, and how it ended.</summary>
internal sealed class OpenSshCommand(OpenSshMaster master, FarGuard guard, string tag, TimeProvider time)
{
    private const int OutputBytes = 1024 * 1024;
    private const int ErrorBytes = 64 * 1024;

    /// <summary>The guard sends SIGKILL after 2 s and gives up after 8; then the connection is cut, which tells it the same again.</summary>
    private static readonly TimeSpan s_ending = TimeSpan.FromSeconds(10);

    /// <summary>How long a login shell may take to get to the command; beyond it, nothing there reacts.</summary>
    private static readonly TimeSpan s_starting = TimeSpan.FromSeconds(5);

    /// <summary>How long local processes and streams may take to follow what happened to the connection.</summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(3);

    /// <summary>Never succeeds: cancelled by the caller, or failed with what a broken source or a throwing callback threw.</summary>
    private readonly TaskCompletionSource _abort = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc cref="ISshSession.RunAsync"/>
    public async Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation)
    {
        var logged = master.LogLength;
        var (client, log) = master.Run(input is { KeepOpen: false } ? FarScript.RunFed(tag, command) : FarScript.Run(tag, command));
        using var running = client;
        using var stop = new CancellationTokenSource();

        var output = new CappedText(OutputBytes);
        var error = new CappedText(ErrorBytes);
        var mark = new StartMark(FarScript.Mark(tag), onLine is null ? output : new LineSplitter(onLine, OutputBytes));
        var reading = Task.WhenAll(
            AbortOnFailure(Pump.RunAsync(client.Output, mark, stop.Token)),
            AbortOnFailure(Pump.RunAsync(client.Error, error, stop.Token)));
        var sending = input is null
            ? Task.CompletedTask
            : AbortOnFailure(Task.Run(() => InputSender.SendAsync(client.Input, input, stop.Token), CancellationToken.None));
        using var cancelled = cancellation.Register(() => _abort.TrySetCanceled(cancellation));
        try
        {
            if (await Task.WhenAny(client.Exited, _abort.Task) == _abort.Task)
            {
                await EndAsync(mark.Seen, client.Exited);
                await _abort.Task;
            }

            var exit = OpenSshLog.Exit(OpenSshMaster.ReadFile(log, 0), master.ReadLog(logged));
            if (exit is OpenSshExit.ChannelRefused)
                throw new SshException(SshFailure.Protocol, $"{master.Target.Host} opens no further channel for a command on this connection (sshd's MaxSessions).") { ChannelRefused = true };
            if (exit is OpenSshExit.Lost)
                throw await LostAsync(mark.Seen, client.Exited);

            // The streams end with the command; a callback that is slow over the last lines may take its time.
            await reading.WaitAsync(cancellation);
            return new SshResult((exit as OpenSshExit.Status)?.Code, null, output.Text, error.Text);
        }
        finally
        {
            await stop.CancelAsync();
            client.Kill();
            // A source that ignores its token must not hold us; what it still delivers goes nowhere.
            await SettleAsync(Task.WhenAll(reading, sending), s_settling);
            OpenSshMaster.DeleteFile(log);
        }
    }

    /// <summary>Ends the far process. When that cannot be confirmed the connection is cut, so that the guard acts by itself.</summary>
    private async Task EndAsync(Task marked, Task exited)
    {
        // Before the mark the command cannot be found by its tag.
        await SettleAsync(Task.WhenAny(marked, exited, guard.Gone), s_starting);
        if (!await guard.EndAsync(tag, s_ending))
            master.Kill();
    }

    private async Task<SshException> LostAsync(Task marked, Task exited)
    {
        await SettleAsync(master.Exited, s_settling);
        if (master.Exited.IsCompleted)
            return await master.LostAsync("while a command ran");

        // The connection lives and only our local client died: the command may still run, and nobody would hear from it.
        await EndAsync(marked, exited);
        return new SshException(SshFailure.ConnectionLost, $"The local ssh process of a command on {master.Target.Host} ended before the command did.");
    }

    private Task AbortOnFailure(Task part)
    {
        part.ContinueWith(
            failed => _abort.TrySetException(failed.Exception!.InnerExceptions),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return part;
    }

    private async Task SettleAsync(Task task, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit, time);
        }
        catch (Exception)
        {
            // Told elsewhere if it matters: this only waits for things to come to rest.
        }
    }
}
