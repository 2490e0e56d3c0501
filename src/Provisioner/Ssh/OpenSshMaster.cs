using System.Text;

namespace Kronform.Provision.Ssh;

/// <summary>
/// The ssh process that holds one authenticated connection and the socket over which commands share it. It lives no longer than
/// we do: a watchdog shell reads a pipe that only we hold, and when that pipe ends without a word we are dead, even by SIGKILL;
/// the watchdog then kills ssh, whose end the far side sees, and removes the directory.
/// </summary>
internal sealed class OpenSshMaster : IAsyncDisposable
{
    private static readonly TimeSpan s_teardown = TimeSpan.FromSeconds(3);

    // exec keeps the pid, so $$ is ssh itself, and the process we hold is ssh too. A line on the pipe means: ended in good
    // order and reaped, do not kill a pid that may belong to somebody else by now. The watchdog keeps ssh's standard output
    // open, so that its end shows that both are gone.
    private const string Watched =
        """
        exec 3<&0 </dev/null
        { read -r word <&3 || kill -9 $$; rm -rf -- "$0"; } 2>/dev/null &
        exec 3<&-
        exec "$@"
        """;

    private readonly ChildProcess _process;
    private readonly PrivateDirectory _directory;
    private readonly TimeProvider _time;
    private readonly Task<string> _error;
    private int _commands;

    private OpenSshMaster(ChildProcess process, PrivateDirectory directory, OpenSshProgram program, SshTarget target, TimeProvider time)
    {
        _process = process;
        _directory = directory;
        _time = time;
        _error = new StreamReader(process.Error, Encoding.UTF8).ReadToEndAsync(CancellationToken.None);
        Program = program;
        Target = target;
    }

    public OpenSshProgram Program { get; }

    public SshTarget Target { get; }

    public Task Exited => _process.Exited;

    /// <summary>Logged in and taking commands, as far as was seen.</summary>
    public bool Ready { get; private set; }

    /// <summary>How far the log has got, in bytes; see <see cref="ReadLog"/>.</summary>
    public long LogLength => new FileInfo(LogPath) is { Exists: true } file ? file.Length : 0;

    private string LogPath => _directory.File("log");

    private string Socket => _directory.File("s");

    /// <summary>Starts ssh; it is not connected yet.</summary>
    /// <exception cref="SshException">ssh could not be started.</exception>
    public static OpenSshMaster Start(
        OpenSshProgram program, SshTarget target, OpenSshOptions options, IReadOnlyCollection<string> refusedKeyTypes, TimeProvider time)
    {
        var directory = PrivateDirectory.Create();
        try
        {
            var arguments = OpenSshArguments.Master(target, options, refusedKeyTypes, directory.File("s"), directory.File("log"));
            var process = program.Start(
                ["/bin/sh", "-c", Watched, directory.Path, program.Path, .. arguments], agent: target.Key.PrivateKeyFile is null);
            return new OpenSshMaster(process, directory, program, target, time);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>True once it is logged in and takes commands; false when it ended instead.</summary>
    public async Task<bool> ReadyAsync(CancellationToken cancellation)
    {
        var buffer = new byte[64];
        var seen = "";
        while (!seen.Contains(OpenSshArguments.Ready, StringComparison.Ordinal))
        {
            // ssh's end closes its output but not the watchdog's, so both are waited for.
            var read = _process.Output.ReadAsync(buffer, cancellation).AsTask();
            if (await Task.WhenAny(read, Exited) != read)
                return false;
            var count = await read;
            if (count == 0)
                return false;
            seen += Encoding.ASCII.GetString(buffer, 0, count);
        }

        return Ready = true;
    }

    /// <summary>A client that runs one command over this connection.</summary>
    public (ChildProcess Client, string Log) Run(string command)
    {
        var log = _directory.File($"c{Interlocked.Increment(ref _commands)}");
        return (Program.Start([Program.Path, .. OpenSshArguments.Command(Target, Socket, log, command)], agent: false), log);
    }

    public string ReadLog(long from) => ReadFile(LogPath, from);

    /// <summary>What ssh said before it ended, with what it said before it knew its log file.</summary>
    public async Task<string> LastWordsAsync()
    {
        var early = _error.IsCompleted || Exited.IsCompleted
            ? await _error.WaitAsync(s_teardown, _time, CancellationToken.None).ContinueWith(t => t.IsCompletedSuccessfully ? t.Result : "", TaskScheduler.Default)
            : "";
        return early + ReadLog(0);
    }

    /// <summary>What to tell about a connection that is gone.</summary>
    public async Task<SshException> LostAsync(string when) =>
        new(SshFailure.ConnectionLost, $"The connection to {Target.Host} was lost {when}: {OpenSshLog.Diagnose(await LastWordsAsync()).Reason}");

    /// <summary>Cuts the connection.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        try
        {
            await Exited.WaitAsync(s_teardown, _time);
            await _process.Input.WriteAsync("ended\n"u8.ToArray());
            _process.Input.Close();
            var rest = new byte[64];
            using var limit = new CancellationTokenSource(s_teardown, _time);
            while (await _process.Output.ReadAsync(rest, limit.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            // The watchdog is gone already, or a process is stuck in the kernel; closing the pipe is all that is left to do.
        }

        _process.Dispose();
        _directory.Dispose();
    }

    internal static void DeleteFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The directory went first.
        }
    }

    internal static string ReadFile(string path, long from)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(from, SeekOrigin.Begin);
            using var reader = new StreamReader(file, Encoding.UTF8);
            return reader.ReadToEnd();
        }
        catch (IOException)
        {
            return "";
        }
    }
}
