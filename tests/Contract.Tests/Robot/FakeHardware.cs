using System.Security.Cryptography;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.Contract.Tests.Robot;

/// <summary>A machine that boots at once, to rescue when told so, else to its disk.</summary>
internal sealed class FakeHardware(TimeProvider time) : IServerHardware
{
    private readonly Lock _gate = new();
    private readonly List<string> _pressed = [];
    private readonly TaskCompletionSource _anything = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool PoweredOn { get; set; } = true;

    /// <summary>Presses and what came of them.</summary>
    public IReadOnlyList<string> History
    {
        get
        {
            lock (_gate)
                return [.. _pressed];
        }
    }

    public RescueBoot? Running { get; private set; }

    /// <summary>Nothing that runs there listens to the keyboard.</summary>
    public bool IgnoresCtrlAltDel { get; init; }

    /// <summary>When set, a press fails with it.</summary>
    public Exception? Broken { get; set; }

    public Func<RescueBoot?> BootDecision { get; set; } = static () => null;

    public event Action<RescueReport>? RescueBooted;

    public Task HardwareResetAsync(CancellationToken cancellation) => PressAsync("hw", boots: true);

    public Task CtrlAltDelAsync(CancellationToken cancellation) => PressAsync("sw", boots: PoweredOn && !IgnoresCtrlAltDel);

    public Task PowerButtonAsync(CancellationToken cancellation) => PressAsync("power", boots: !PoweredOn);

    public Task PowerOffAsync(CancellationToken cancellation) => PressAsync("power_long", boots: false);

    public void Boot()
    {
        PoweredOn = true;
        Running = BootDecision();
        Note(Running is null ? "disk" : Running.Os);
    }

    /// <summary>The booted rescue reports itself with new host keys.</summary>
    public RescueReport ReportRescue()
    {
        var report = new RescueReport(
            [new("ECDSA", 256, NewFingerprint()), new("ED25519", 256, NewFingerprint()), new("RSA", 3072, NewFingerprint())],
            time.GetUtcNow());
        RescueBooted?.Invoke(report);
        return report;
    }

    /// <summary>Waits, at most 30 s, until something has been pressed.</summary>
    public Task PressedAsync(CancellationToken cancellation) => _anything.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, cancellation);

    private Task PressAsync(string button, bool boots)
    {
        if (Broken is not null)
            throw Broken;
        Note(button);
        if (boots)
            Boot();
        else
            PoweredOn = PoweredOn && button is not ("power" or "power_long");
        _anything.TrySetResult();
        return Task.CompletedTask;
    }

    private void Note(string what)
    {
        lock (_gate)
            _pressed.Add(what);
    }

    private static string NewFingerprint() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=');
}
