using System.Net;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.Faults.World;

/// <summary>
/// One server between its buttons and what runs on it: off, in its firmware, or up with a system. The world says what a boot comes
/// to; here is only when.
/// </summary>
/// <param name="boot">What comes up; asked when the firmware is done.</param>
internal sealed class EmulatedServer(IPAddress address, WorldClock clock, TimeSpan post, Func<EmulatedServer, string, CancellationToken, Task<RunningSystem?>> boot) : IServerHardware, IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Queue<string> _boots = new();
    private CancellationTokenSource _boot = new();
    private Task _booting = Task.CompletedTask;
    private int _pressed;

    public IPAddress Address => address;

    public bool PoweredOn { get; private set; } = true;

    public RunningSystem? Running { get; private set; }

    /// <summary>Buttons pressed that cut or start the machine.</summary>
    public int Pressed => Volatile.Read(ref _pressed);

    /// <summary>Why the last boot came to nothing that was meant; null when it did not.</summary>
    public Exception? Broken { get; private set; }

    public Func<RescueBoot?> BootDecision { get; set; } = static () => null;

    public event Action<RescueReport>? RescueBooted;

    public void Report(RescueReport report) => RescueBooted?.Invoke(report);

    /// <summary>What the next boots come to; <c>normal</c> when there is no more.</summary>
    public void Plan(IEnumerable<string> boots)
    {
        foreach (var next in boots) _boots.Enqueue(next);
    }

    public void ForgetPlan() => _boots.Clear();

    /// <summary>How it is found, before anybody has pressed anything.</summary>
    public void Begin(RunningSystem? running, bool on) => (Running, PoweredOn) = (running, on);

    public Task HardwareResetAsync(CancellationToken cancellation) => PressAsync();

    public Task CtrlAltDelAsync(CancellationToken cancellation) => PoweredOn ? PressAsync() : Task.CompletedTask;

    public Task PowerButtonAsync(CancellationToken cancellation) => PoweredOn ? PowerOffAsync(cancellation) : PressAsync();

    public async Task PowerOffAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref _pressed);
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            await CutAsync();
            PoweredOn = false;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The system told the machine to reboot.</summary>
    public async Task RebootAsync()
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            await CutAsync();
            PoweredOn = true;
            _boot = new CancellationTokenSource();
            string how = _boots.Count > 0 ? _boots.Dequeue() : "normal";
            _booting = BootAsync(how, _boot.Token);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync(CancellationToken.None);
        await CutAsync();
    }

    private async Task PressAsync()
    {
        Interlocked.Increment(ref _pressed);
        await RebootAsync();
    }

    private async Task CutAsync()
    {
        await _boot.CancelAsync();
        await _booting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Running is { } running) await running.DisposeAsync();
        Running = null;
    }

    private async Task BootAsync(string how, CancellationToken cancellation)
    {
        // The constructor of the task stores it; whoever cuts waits for it.
        await Task.Yield();
        try
        {
            await clock.PassAsync(post, cancellation);
            Running = await boot(this, how, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Broken = e;
        }
    }
}
