using System.Threading.Channels;
using Kronform.Provision.VirtualRack.Builds;
using Kronform.Provision.VirtualRack.Description;

namespace Kronform.Provision.VirtualRack.Machines;

/// <summary>
/// One server: its buttons, its firmware's choice of what to boot, and the QEMU process that is the machine while it runs.
/// Buttons, and what the machine does by itself, are handled one after the other in the order they happened.
/// </summary>
public sealed class Mainboard : IServerHardware, IAsyncDisposable
{
    private readonly Channel<Func<Task>> _happenings = Channel.CreateUnbounded<Func<Task>>(new() { SingleReader = true });
    private readonly CancellationTokenSource _disposing = new();
    private readonly MachinePaths _paths;
    private readonly RescueImage _rescue;
    private readonly NetworkPlug _plug;
    private readonly TimeProvider _time;
    private readonly SerialConsole _console;
    private readonly Task _loop;
    private readonly List<BootRecord> _boots = [];
    private Task<RescueSeed> _nextSeed;
    private RescueSeed? _seed;
    private RescueBoot? _armedByHand;
    private RunningMachine? _machine;
    private int _seeds;
    private int _posts;
    private int _shift;

    /// <param name="logFile">Receives the serial console of all boots.</param>
    public Mainboard(NodeDescription node, MachinePaths paths, RescueImage rescue, NetworkPlug plug, string logFile, TimeProvider time)
    {
        Node = node;
        Quirks = node.Quirks;
        _paths = paths;
        _rescue = rescue;
        _plug = plug;
        _time = time;
        _console = new SerialConsole(logFile, time);
        _console.Printed += OnPrinted;
        _nextSeed = GenerateSeedAsync();
        _loop = RunAsync();
    }

    public event Action<RescueReport>? RescueBooted;

    public NodeDescription Node { get; }

    public MachineState State { get; private set; } = MachineState.Off;

    public bool PoweredOn => State != MachineState.Off;

    public Func<RescueBoot?> BootDecision { get; set; } = () => null;

    /// <summary>Read at the moment each matters, so they may be changed while the machine runs.</summary>
    public Quirks Quirks { get; set; }

    /// <summary>How often the reset button was pressed, ignored ones included.</summary>
    public int Resets { get; private set; }

    public RescueReport? LastRescue { get; private set; }

    public string SerialLog => _console.Path;

    public IReadOnlyList<NodeEvent> Events => _console.Events;

    public IReadOnlyList<BootRecord> Boots
    {
        get
        {
            lock (_boots)
                return [.. _boots];
        }
    }

    public Task PowerOnAsync(CancellationToken cancellation) => DoAsync(() => HappenAsync(MachineEvent.PowerOn), cancellation);

    public Task HardwareResetAsync(CancellationToken cancellation) => DoAsync(
        async () =>
        {
            Resets++;
            if (Quirks.IgnoreResets > 0)
            {
                Quirks = Quirks with { IgnoreResets = Quirks.IgnoreResets - 1 };
                _console.Note("reset ignored");
                return;
            }

            await HappenAsync(MachineEvent.Reset);
        },
        cancellation);

    public Task CtrlAltDelAsync(CancellationToken cancellation) => DoAsync(
        () => State == MachineState.Running && !Quirks.IgnoreCtrlAltDel ? _machine!.PressCtrlAltDelAsync(cancellation) : Task.CompletedTask,
        cancellation);

    public Task PowerButtonAsync(CancellationToken cancellation) => DoAsync(
        () => State switch
        {
            MachineState.Off => HappenAsync(MachineEvent.PowerOn),
            MachineState.Running => _machine!.PressPowerButtonAsync(cancellation),
            // Nobody is there to notice a short press; the button has to be held.
            _ => Task.CompletedTask,
        },
        cancellation);

    public Task PowerOffAsync(CancellationToken cancellation) => DoAsync(() => HappenAsync(MachineEvent.PowerCut), cancellation);

    public Task HangAsync(CancellationToken cancellation) => DoAsync(() => HappenAsync(MachineEvent.Hang), cancellation);

    public Task ResumeAsync(CancellationToken cancellation) => DoAsync(() => HappenAsync(MachineEvent.Resume), cancellation);

    /// <summary>Pulls the network cable or plugs it in; it stays so over boots.</summary>
    public Task SetLinkAsync(bool up, CancellationToken cancellation) => DoAsync(
        async () =>
        {
            Quirks = Quirks with { LinkDown = !up };
            if (_machine is not null)
                await _machine.SetLinkAsync(up, cancellation);
        },
        cancellation);

    /// <summary>From the next boot on, the disks of each bus are one place further.</summary>
    public Task ShuffleAsync(CancellationToken cancellation) => DoAsync(
        () =>
        {
            _shift++;
            return Task.CompletedTask;
        },
        cancellation);

    /// <summary>Boots the rescue next time without Robot having a say; for tests of the machine alone.</summary>
    public void ArmByHand(RescueBoot boot) => Interlocked.Exchange(ref _armedByHand, boot);

    public string DiskFile(DiskDescription disk) => _paths.Disk(disk);

    public async ValueTask DisposeAsync()
    {
        _happenings.Writer.TryComplete();
        await _disposing.CancelAsync();
        await _loop;
        if (_machine is not null)
        {
            _machine.Kill();
            await _machine.Ended;
        }

        _console.Dispose();
        _disposing.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (var happening in _happenings.Reader.ReadAllAsync(_disposing.Token))
                await happening();
        }
        catch (OperationCanceledException) when (_disposing.IsCancellationRequested)
        {
            // What was still waiting is not done any more.
        }
    }

    /// <summary>Puts something into the order of happenings and waits until it was its turn.</summary>
    private async Task DoAsync(Func<Task> happening, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var written = _happenings.Writer.TryWrite(async () =>
        {
            try
            {
                await happening();
                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        ObjectDisposedException.ThrowIf(!written, this);
        await done.Task.WaitAsync(cancellation);
    }

    private async Task HappenAsync(MachineEvent what)
    {
        var before = State;
        if (MachineTransitions.After(before, what) is not { } next)
            return;

        State = next;
        _console.Note($"{what}: {before} -> {next}");
        switch (next)
        {
            case MachineState.Hung:
                await _machine!.PauseAsync(_disposing.Token);
                break;
            case MachineState.Running when what == MachineEvent.Resume:
                await _machine!.ContinueAsync(_disposing.Token);
                break;
            case MachineState.Off:
                await EndMachineAsync(what);
                break;
            case MachineState.Post:
                await EndMachineAsync(what);
                _ = PostAsync(++_posts, TimeSpan.FromSeconds(Quirks.BootDelaySeconds));
                break;
        }
    }

    private async Task EndMachineAsync(MachineEvent why)
    {
        if (_machine is not { } machine)
            return;
        _machine = null;
        machine.Kill();
        await machine.Ended;
        lock (_boots)
            _boots[^1] = _boots[^1] with { EndedAt = _time.GetUtcNow(), EndReason = why };
        _seed?.Remove();
        _seed = null;
    }

    /// <param name="post">A later reset starts a later one, and this one then has nothing to say any more.</param>
    private async Task PostAsync(int post, TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, _time, _disposing.Token);
            await DoAsync(() => post == _posts && State == MachineState.Post ? BootAsync() : Task.CompletedTask, _disposing.Token);
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
        {
            // The rack is being taken down.
        }
    }

    private async Task BootAsync()
    {
        var rescue = Quirks.BootDiskAlthoughArmed ? null : Interlocked.Exchange(ref _armedByHand, null) ?? BootDecision();
        if (rescue is not null && Quirks.NeverBootRescue)
        {
            await HappenAsync(MachineEvent.BootFailed);
            return;
        }

        var number = Boots.Count + 1;
        var plan = rescue is null ? (BootPlan)new BootPlan.Disk() : await PrepareRescueAsync(rescue);
        var shift = Node.ShuffleEachBoot ? number - 1 + _shift : _shift;
        lock (_boots)
            _boots.Add(new BootRecord(number, rescue is null ? BootKind.Disk : BootKind.Rescue, _time.GetUtcNow(), null, null));
        _console.Note($"boot {number}: {(rescue is null ? "disk" : $"rescue {rescue.Os}")}");
        foreach (var disk in Node.Disks.Where(d => d.RecordWrites))
            await File.WriteAllBytesAsync(_paths.WriteRecord(disk, number), []);
        var machine = RunningMachine.Start(
            QemuArguments.Build(Node, _paths, plan, _plug, shift, number), _console, _paths.QmpSocket, number, _time);
        _machine = machine;
        await HappenAsync(MachineEvent.Booted);
        _ = ReportEndAsync(machine);
        if (Quirks.LinkDown)
            await machine.SetLinkAsync(up: false, _disposing.Token);
    }

    private async Task<BootPlan> PrepareRescueAsync(RescueBoot rescue)
    {
        _seed = await _nextSeed;
        _nextSeed = GenerateSeedAsync();
        _seed.Authorize(rescue.AuthorizedKeys);
        return new BootPlan.Rescue(_rescue, _seed.Folder, rescue.Os == "vkvm");
    }

    /// <summary>Done ahead, because an RSA key takes long enough to be felt at every boot.</summary>
    private Task<RescueSeed> GenerateSeedAsync() =>
        RescueSeed.GenerateAsync(Path.Combine(_paths.Folder, $"seed-{++_seeds}"), _disposing.Token);

    private async Task ReportEndAsync(RunningMachine machine)
    {
        var end = await machine.Ended;
        try
        {
            await DoAsync(() => machine == _machine ? HappenAsync(end) : Task.CompletedTask, _disposing.Token);
        }
        catch (Exception late) when (late is OperationCanceledException or ObjectDisposedException)
        {
            // The rack is being taken down.
        }
    }

    private void OnPrinted(NodeEvent printed)
    {
        // The rescue prints this when its network is up and before sshd starts, which is when Hetzner's reports its keys.
        if (!printed.Line.StartsWith("RACK-NET ", StringComparison.Ordinal) || _seed is not { } seed)
            return;
        // As when somebody sits between the server and us: what Robot was told is not what answers.
        var keys = Quirks.ReportOtherHostKeys ? [.. seed.HostKeys.Select(k => k with { Sha256Fingerprint = "A" + k.Sha256Fingerprint[1..^1] + "A" })] : seed.HostKeys;
        LastRescue = new RescueReport(keys, printed.At);
        RescueBooted?.Invoke(LastRescue);
    }
}
