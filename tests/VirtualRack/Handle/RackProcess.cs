using System.Diagnostics;
using Kronform.Provision.VirtualRack.Control;
using Kronform.Provision.VirtualRack.Hosting;
using Kronform.Provision.VirtualRack.Isolation;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Handle;

/// <param name="Directory">For rack.json, socket and logs; keep it short, sockets have short paths.</param>
/// <param name="Firmware">Null: as the description says.</param>
/// <param name="Detached">Let the rack outlive this process; it is ended by ending <see cref="RackFile.NamespacePid"/>.</param>
/// <param name="WithoutTalos">Build no Talos disk image and write no cluster folder: for work in the rescue system alone.</param>
/// <param name="Say">Told what the rack prints: image builds, and why it failed.</param>
public sealed record RackOptions(
    string Directory,
    NetworkMode Network = NetworkMode.Auto,
    Description.Firmware? Firmware = null,
    Action<string>? Say = null,
    bool Detached = false,
    bool WithoutTalos = false);

/// <summary>A rack in a process of its own, for tests. Dies with this process, however that ends.</summary>
public sealed class RackProcess : IAsyncDisposable
{
    private const int LogTailLines = 40;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly Task _talking;
    private readonly TimeProvider _time;
    private readonly bool _detached;

    private RackProcess(Process process, Task talking, RackFile file, RackOptions options, TimeProvider time)
    {
        (_process, _talking, _time, _detached, File, Directory) = (process, talking, time, options.Detached, file, options.Directory);
        Control = new ControlClient(file.ControlSocket);
    }

    public RackFile File { get; }

    public string Directory { get; }

    public ControlClient Control { get; }

    public static string Program => Path.Combine(AppContext.BaseDirectory, "rack");

    /// <param name="rackFile">A description; a bare name means one of those that come with the rack, such as one-bios.</param>
    /// <exception cref="ToolException">The rack ended before it was ready; says what it printed.</exception>
    public static async Task<RackProcess> StartAsync(
        string rackFile, RackOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var description = rackFile.Contains('/', StringComparison.Ordinal)
            ? rackFile
            : Path.Combine(AppContext.BaseDirectory, "racks", rackFile + ".yaml");
        string[] firmware = options.Firmware is { } wanted ? [wanted == Description.Firmware.Uefi ? "--uefi" : "--bios"] : [];
        string[] run = ["run", description, "--dir", options.Directory, "--network", options.Network.ToString(), .. firmware,
            .. options.WithoutTalos ? ["--emulator", "none"] : Array.Empty<string>()];
        // In a session of its own, with nothing of ours but a log it writes and we follow.
        var start = options.Detached
            ? new ProcessStartInfo("sh", ["-c", "log=$1; shift; : > \"$log\"; setsid \"$@\" > \"$log\" 2>&1 < /dev/null & exec tail -s 0.2 -f --pid=$! \"$log\"", "rack", DetachedLog(options.Directory), Program, .. run])
            : new ProcessStartInfo(Program, [.. run, "--until-stdin-closes"]);
        start = new ProcessStartInfo(start.FileName, start.ArgumentList)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        var said = new List<string>();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Hear(string line)
        {
            lock (said)
                said.Add(line);
            options.Say?.Invoke(line);
            if (line.StartsWith("ready: ", StringComparison.Ordinal))
                ready.TrySetResult();
        }

        var talking = Task.WhenAll(ReadLinesAsync(process.StandardOutput, Hear), ReadLinesAsync(process.StandardError, Hear));
        try
        {
            await Task.WhenAny(ready.Task, talking).WaitAsync(cancellation);
            if (!ready.Task.IsCompleted)
            {
                lock (said)
                    throw new ToolException($"the rack {rackFile} did not start:\n{string.Join('\n', said)}");
            }

            return new RackProcess(process, talking, RackFile.Read(options.Directory), options, time);
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>Where a detached rack writes what it says.</summary>
    public static string DetachedLog(string directory) => directory.TrimEnd('/') + ".log";

    public NodeFile Node(string name) => File.Nodes.First(n => n.Name == name);

    public Task<NodeStatus> NodeAsync(string node, CancellationToken cancellation) => Control.NodeAsync(node, cancellation);

    /// <returns>By the disk's name in the description.</returns>
    public async Task<IReadOnlyDictionary<string, string>> DiskDigestsAsync(string node, CancellationToken cancellation) =>
        (await Control.DisksAsync(node, cancellation)).ToDictionary(d => d.Name, d => d.Digest);

    public Task<IReadOnlyList<NodeEvent>> EventsAsync(string node, CancellationToken cancellation) => Control.EventsAsync(node, cancellation);

    /// <exception cref="TimeoutException">Holds the last status and the end of the serial log.</exception>
    public async Task<NodeStatus> UntilAsync(
        string node, string what, Func<NodeStatus, IReadOnlyList<NodeEvent>, bool> reached, TimeSpan within, CancellationToken cancellation)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            var status = await NodeAsync(node, cancellation);
            if (reached(status, await EventsAsync(node, cancellation)))
                return status;
            if (_time.GetElapsedTime(started) > within)
            {
                throw new TimeoutException(
                    $"{node} did not come to \"{what}\" within {within.TotalSeconds:0} s; it is {status.State} in boot {status.Boots.Count}\n{SerialTail(node)}");
            }

            await Task.Delay(LookAgain, _time, cancellation);
        }
    }

    /// <summary>The end of what the machine printed, for the message of a failing test.</summary>
    public string SerialTail(string node) =>
        string.Join('\n', System.IO.File.ReadLines(Node(node).SerialLog).TakeLast(LogTailLines));

    /// <summary>Starts a program in the rack's network. Cancelling kills it, by SIGKILL, with what it started.</summary>
    /// <param name="line">Told every line of both streams as it comes; may be null.</param>
    public async Task<ExecResult> ExecAsync(IReadOnlyList<string> command, Action<string>? line, CancellationToken cancellation)
    {
        using var process = StartInside(command);
        process.StandardInput.Close();
        var output = new List<string>();
        void Hear(string text)
        {
            lock (output)
                output.Add(text);
            line?.Invoke(text);
        }

        var reading = Task.WhenAll(ReadLinesAsync(process.StandardOutput, Hear), ReadLinesAsync(process.StandardError, Hear));
        try
        {
            await process.WaitForExitAsync(cancellation);
            await reading.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new ExecResult(process.ExitCode, output);
    }

    /// <summary>
    /// The process itself, all three streams redirected: its id is the program's own, so killing it hits the program. The
    /// caller ends it; a program left running keeps the network namespace alive.
    /// </summary>
    public Process StartInside(IReadOnlyList<string> command) =>
        Process.Start(new ProcessStartInfo(Program, ["exec", Directory, "--", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        // The rack stops when its standard input ends.
        _process.StandardInput.Close();
        if (_detached) _process.Kill(); // Only what follows its log.
        try
        {
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeToStop, _time);
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        await _talking;
        _process.Dispose();
    }

    private static async Task ReadLinesAsync(StreamReader reader, Action<string> line)
    {
        while (await reader.ReadLineAsync() is { } text)
            line(text);
    }
}

/// <param name="Lines">Of standard output and standard error, as they came.</param>
public sealed record ExecResult(int ExitCode, IReadOnlyList<string> Lines);
