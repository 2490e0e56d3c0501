using Kronform.Provision.Cluster;
using Kronform.Provision.Disks;
using Kronform.Provision.Protocol;
using Kronform.Provision.Reports;
using Kronform.Provision.Rescue;
using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Servers;
using Kronform.Provision.Ssh;
using Kronform.Provision.Talos;
using Polly;

namespace Kronform.Provision.Runs;

/// <summary>
/// Finds out what runs on the node's address now, from the cheapest question to the dearest. Keeps the SSH session into a proven
/// rescue system open for the actions that follow. Changes nothing.
/// </summary>
public sealed class NodeObserver(NodeContext context) : IAsyncDisposable
{
    private const int TalosPort = TalosClient.DefaultPort;
    private const int SshPort = 22;

    /// <summary>For one look at a port. A lost first packet is sent again after one second; a machine that boots is asked again soon.</summary>
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Every endpoint below /boot shares 500 calls an hour among all servers of the account.</summary>
    private static readonly TimeSpan LastRescuePause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ProofLimit = TimeSpan.FromSeconds(60);

    private readonly FirewallLook _firewall = new(context);
    private readonly TrustdLook _trustd = new(context);
    private readonly ResiliencePipeline _opening = SshPipelines.Opening(context.Services.Time);
    private RescueActivation? _lastRescue;
    private DateTimeOffset _lastRescueAt;

    /// <summary>Open while the last observation was a rescue system.</summary>
    public ISshSession? Session { get; private set; }

    public RescueFacts? RescueFacts { get; private set; }

    public async Task<Observation> ObserveAsync(CancellationToken cancellation)
    {
        if (Session is not null && await StillInRescueAsync(cancellation) is { } rescue) return rescue;

        // Both at once: a machine that is off costs the time-out only once.
        var ssh = SshRefusalAsync(cancellation);
        var probe = await TalosProbe.ProbeAsync(context.Address, TalosPort, context.Services.Time, ProbeTimeout, cancellation);
        string? sshRefusal = await ssh;
        switch (probe)
        {
            case TalosProbeResult.Maintenance maintenance: return await MaintenanceAsync(maintenance, cancellation);
            case TalosProbeResult.WantsClientCertificate: return await ConfiguredAsync(cancellation);
            default:
                if (sshRefusal is null) return await SshAsync(cancellation);
                var silence = PortSilence.Judge(probe, sshRefusal, await _firewall.BlocksAsync(probe, sshRefusal, cancellation));
                return await _trustd.ExplainAsync(silence, cancellation);
        }
    }

    /// <summary>Closes the session: after a reboot was asked for, or when it was lost.</summary>
    public async Task ForgetSessionAsync()
    {
        if (Session is { } session)
        {
            (Session, RescueFacts) = (null, null);
            await session.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await ForgetSessionAsync();

    private async Task<Observation?> StillInRescueAsync(CancellationToken cancellation)
    {
        try
        {
            return await ProveAsync(Session!, cancellation);
        }
        catch (SshException)
        {
            await ForgetSessionAsync();
            return null;
        }
    }

    private async Task<Observation> MaintenanceAsync(TalosProbeResult.Maintenance probe, CancellationToken cancellation)
    {
        try
        {
            using var talos = TalosClient.ForMaintenance(context.Address, TalosPort, probe.SpkiFingerprint, context.Services.Time);
            var found = await MaintenanceProof.AskAsync(talos, context.Record, cancellation);
            return TalosTrustSigns.ClockNote(probe, context.Now) is { } clock ? found with { Evidence = $"{found.Evidence}; {clock}" } : found;
        }
        catch (Exception e) when (e is TalosRpcException or TalosTrustException)
        {
            // It answered TLS a moment ago; a server that drains or starts is asked again.
            return new Observation.Unclear($"Talos answers but cannot be asked yet ({e.Message})");
        }
    }

    private async Task<Observation> ConfiguredAsync(CancellationToken cancellation)
    {
        try
        {
            using var talos = TalosClient.ForConfigured(context.Address, TalosPort, context.Services.Identity, context.Services.Time);
            return await ConfiguredLook.AskAsync(context, talos, cancellation);
        }
        catch (Exception e) when (e is TalosTrustException or TalosRpcException)
        {
            return TalosTrustSigns.Judge(e);
        }
    }

    private async Task<Observation> SshAsync(CancellationToken cancellation)
    {
        if (context.Services.RobotIfAny is null)
            return new Observation.ForeignSystem("SSH answers; without Robot nobody can say whether that is a rescue system");

        RescueActivation? last;
        try
        {
            last = await LastRescueAsync(cancellation);
        }
        catch (RobotException e) when (e.IsTransient && e.Code != Failures.FailureCode.RobotRateLimited)
        {
            return new Observation.Unclear($"SSH answers, but Robot cannot be asked for its host keys ({e.Message})");
        }

        bool waiting = context.Record.LastReset is { Purpose: "rescue", Settled: false };
        if (last is null || last.HostKeys.Count == 0) return new Observation.ForeignSystem("SSH answers, and no rescue system has reported host keys to Robot");
        if (waiting && !IsNew(last)) return new Observation.ForeignSystem("SSH answers, and no new rescue system has reported to Robot");
        try
        {
            var target = new SshTarget(context.Address.ToString(), SshPort, "root", context.Services.Cluster.Ssh, [.. last.HostKeys.Select(k => k.Sha256Fingerprint)], TimeSpan.FromSeconds(15));
            var session = await _opening.ExecuteAsync(async token => await context.Services.Ssh.OpenAsync(target, token), cancellation);
            Session = session;
            return await ProveAsync(session, cancellation);
        }
        catch (SshException e)
        {
            await ForgetSessionAsync();
            return e.Failure switch
            {
                SshFailure.HostKeyMismatch when waiting => new Observation.WrongHostKey($"its host key is SHA256:{e.PresentedFingerprint}, Robot reports {string.Join(", ", last.HostKeys.Select(k => k.Sha256Fingerprint))}"),
                SshFailure.HostKeyMismatch => new Observation.ForeignSystem("its SSH host key is not the one the last rescue system reported"),
                SshFailure.AuthenticationFailed => new Observation.RescueOfOthers(waiting, e.Message),
                SshFailure.Protocol => throw new Failures.ProvisionException(Failures.FailureCode.RescueLinkLost, "Opening an SSH connection to the rescue system", null, e),
                _ => new Observation.Unclear(e.Message),
            };
        }
    }

    private async Task<Observation> ProveAsync(ISshSession session, CancellationToken cancellation)
    {
        // The connection may live and a disk of that machine be dead: a shell that waits for one would wait for ever.
        using var limit = new CancellationTokenSource(ProofLimit, context.Services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        SshResult result;
        try
        {
            result = await session.RunAsync(RescueProof.Command, null, null, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            await ForgetSessionAsync();
            return new Observation.Unclear($"the rescue system lets us in and has not answered for {ProofLimit.TotalSeconds:0} s");
        }

        var facts = RescueProof.Parse(result.Output);
        if (RescueProof.IsInsideVkvm(facts.DiskModels)) return new Observation.Vkvm("every disk the rescue system sees is an emulated one");
        if (RescueProof.Doubt(facts.Evidence) is { } doubt) return new Observation.UnprovenRescue(doubt);
        if (facts.Machine != "x86_64") return new Observation.UnprovenRescue($"its processor is {facts.Machine}, and the agent is built for x86_64");
        RescueFacts = facts;
        return new Observation.Rescue(facts.BootId, "its host key is the one Robot reports, and from inside it is a rescue system");
    }

    private bool IsNew(RescueActivation last) => last.BootTime is { } booted
        && booted.IsNewerThan(context.Record.BootTimeBeforeArming is { } before ? new RescueBootTime(before) : null);

    private async Task<RescueActivation?> LastRescueAsync(CancellationToken cancellation)
    {
        if (_lastRescue is null || context.Now - _lastRescueAt >= LastRescuePause)
        {
            _lastRescue = await context.Services.Robot.GetLastRescueAsync(context.Node.ServerNumber, cancellation);
            _lastRescueAt = context.Now;
        }

        return _lastRescue;
    }

    private async Task<string?> SshRefusalAsync(CancellationToken cancellation)
    {
        using var wait = WaitClock.On(FarSide.Ssh);
        return await PortLook.RefusalAsync(context.Address, SshPort, ProbeTimeout, context.Services.Time, cancellation);
    }
}
