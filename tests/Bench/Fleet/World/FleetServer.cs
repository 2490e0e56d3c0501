using System.Net.Sockets;
using System.Security.Cryptography;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.Bench.Fleet.World;

/// <summary>
/// One server as a small state machine: silent while its firmware works, then the rescue system if Robot has one armed, else Talos
/// if the disk was written, else silent for good. While it is silent its ports refuse, which costs the product more looks than a
/// real server's firmware, which swallows them.
/// </summary>
internal sealed class FleetServer(FleetMachine machine, FleetTalos talos, Reactions reactions, Random random, TimeProvider time) : IServerHardware, IAsyncDisposable
{
    private const int SshPort = 22;
    private readonly TimeSpan _firmware = TimeSpan.FromSeconds(5 + 15 * random.NextDouble());
    private readonly SemaphoreSlim _turn = new(1, 1);
    private CancellationTokenSource _life = new();
    private int _resets;

    public FleetMachine Machine => machine;

    public FleetTalos Talos => talos;

    public bool PoweredOn => true;

    public Func<RescueBoot?> BootDecision { get; set; } = static () => null;

    public event Action<RescueReport>? RescueBooted;

    public int Resets => _resets;

    /// <summary>Of the rescue system that runs; null when none does.</summary>
    public string? HostKey { get; private set; }

    public string BootId { get; private set; } = "";

    /// <summary>Digest of the agent in the rescue system's memory.</summary>
    public string? AgentSha256 { get; set; }

    /// <summary>What was written to the system disk's META partition; null while the disk is empty.</summary>
    public string? Nonce { get; set; }

    /// <summary>How long writing the image takes.</summary>
    public TimeSpan WriteTime { get; } = TimeSpan.FromSeconds(10 + 15 * random.NextDouble());

    /// <summary>Ends with the system that runs now.</summary>
    public CancellationToken Up => _life.Token;

    /// <summary>What went wrong in the world itself; null is well.</summary>
    public Exception? Trouble { get; private set; }

    public Task HardwareResetAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref _resets);
        _ = BootAsync();
        return Task.CompletedTask;
    }

    public Task CtrlAltDelAsync(CancellationToken cancellation) => HardwareResetAsync(cancellation);

    public Task PowerButtonAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task PowerOffAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>What runs goes down, and after the firmware's time something else comes up.</summary>
    public async Task BootAsync()
    {
        var before = Interlocked.Exchange(ref _life, new CancellationTokenSource());
        await before.CancelAsync();
        var up = _life.Token;
        (HostKey, AgentSha256) = (null, null);
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            await talos.StopAsync();
            await Task.Delay(_firmware, time, up);
            BootId = Guid.NewGuid().ToString();
            if (BootDecision() is not null) StartRescue(up);
            else if (Nonce is { } nonce) await talos.StartAsync(nonce, BootId, up);
        }
        catch (OperationCanceledException) when (up.IsCancellationRequested)
        {
            // It was reset in the middle of its boot.
        }
        catch (Exception e)
        {
            Trouble = e;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _life.CancelAsync();
        await _turn.WaitAsync();
        await talos.StopAsync();
        _turn.Dispose();
    }

    private void StartRescue(CancellationToken up)
    {
        string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=');
        RescueBooted?.Invoke(new RescueReport([new HostKeyReport("ED25519", 256, key)], time.GetUtcNow()));
        var port = new TcpListener(machine.Address, SshPort);
        port.Start();
        HostKey = key;
        reactions.Begin(machine.Name, Change.SshPortOpened);
        reactions.Begin(machine.Name, Change.RescueUp);
        _ = AcceptAsync(port, up);
    }

    /// <summary>An open port is all that is asked of it: who speaks SSH there is <see cref="SshGate"/>.</summary>
    private async Task AcceptAsync(TcpListener port, CancellationToken up)
    {
        using (port)
        {
            try
            {
                while (true)
                {
                    (await port.AcceptTcpClientAsync(up)).Dispose();
                    reactions.End(machine.Name, Change.SshPortOpened);
                }
            }
            catch (OperationCanceledException)
            {
                // It went down.
            }
        }
    }
}
