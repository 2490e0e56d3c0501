using System.Security.Cryptography;

namespace Kronform.Provision.Ssh;

/// <summary>An authenticated connection: the master that holds it and the guard at its far end.</summary>
internal sealed class OpenSshSession : ISshSession
{
    /// <summary>sshd's default MaxSessions is 10; one is the guard's, one is left for luck. More commands wait their turn.</summary>
    private const int ConcurrentCommands = 8;

    private const int ChannelTries = 20;
    private static readonly TimeSpan s_channelPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(1);

    private readonly OpenSshMaster _master;
    private readonly FarGuard _guard;
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _slots = new(ConcurrentCommands);
    private int _commands;
    private int _running;
    private bool _disposed;

    private OpenSshSession(OpenSshMaster master, FarGuard guard, string name, TimeProvider time)
    {
        _master = master;
        _guard = guard;
        _name = name;
        _time = time;
        // Without its guard a connection could leave processes behind.
        guard.Gone.ContinueWith(_ => master.Kill(), TaskScheduler.Default);
    }

    /// <summary>Takes over a master that is ready; it is disposed when this fails.</summary>
    /// <exception cref="SshException">Connected, but no shell can be run there.</exception>
    public static async Task<OpenSshSession> StartAsync(OpenSshMaster master, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            var name = RandomNumberGenerator.GetHexString(16, lowercase: true);
            var (guard, problem) = await FarGuard.StartAsync(master, name, time, cancellation);
            if (guard is not null)
                return new OpenSshSession(master, guard, name, time);
            if (master.Exited.IsCompleted)
                throw await master.LostAsync("just after the login");
            throw new SshException(SshFailure.Protocol, $"Logged in to {master.Target.Host}, but its shell cannot run commands: {problem}.");
        }
        catch
        {
            await master.DisposeAsync();
            throw;
        }
    }

    public async Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await _slots.WaitAsync(cancellation);
        Interlocked.Increment(ref _running);
        try
        {
            if (_master.Exited.IsCompleted || _disposed)
                throw await _master.LostAsync("before the command was started");
            var tag = $"{_name}-{Interlocked.Increment(ref _commands)}";
            for (var tries = 1; ; tries++)
            {
                try
                {
                    return await new OpenSshCommand(_master, _guard, tag, _time).RunAsync(command, input, onLine, cancellation);
                }
                catch (SshException e) when (e.ChannelRefused && input is null && tries < ChannelTries)
                {
                    // sshd frees a session's place some time after the client has seen its end. Nothing was started.
                    await Task.Delay(s_channelPause, _time, cancellation);
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            _slots.Release();
        }
    }

    /// <summary>
    /// Closes the connection. Commands still running are ended on the far side and fail here as lost; what completed commands
    /// left in the background (a delayed reboot) goes on.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        if (Volatile.Read(ref _running) == 0)
            await _guard.QuitAsync(s_goodbye);
        _guard.Dispose();
        await _master.DisposeAsync();
    }
}
