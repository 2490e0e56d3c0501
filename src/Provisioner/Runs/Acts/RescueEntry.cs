using Kronform.Provision.Failures;
using Kronform.Provision.Servers;

namespace Kronform.Provision.Runs.Acts;

/// <summary>Registers our key, arms the rescue system and resets the server into it.</summary>
public static class RescueEntry
{
    /// <param name="stop">From arming to the reset nothing is broken off but at once.</param>
    public static async Task RunAsync(NodeContext context, string because, StopTokens stop)
    {
        var cancellation = stop.Soon;
        context.Enter(RunPhase.Rescue, $"Booting the rescue system: {because}");
        var robot = context.Services.Robot;
        int server = context.Node.ServerNumber;

        await RefuseOtherBootAsync(context, cancellation);
        await RefuseBlockedPortsAsync(context, cancellation);
        var key = SshPublicKey.Parse(await File.ReadAllTextAsync(context.Services.Cluster.Ssh.PublicKeyFile, cancellation));
        if (await robot.FindKeyAsync(key.Md5Fingerprint, cancellation) is null)
        {
            await robot.AddKeyAsync($"kronform-provision {Environment.MachineName}", key, cancellation);
            context.Note("registered our SSH key in Robot");
        }

        // What is armed may be another key, or another system (vKVM): arm afresh.
        if ((await robot.GetRescueAsync(server, cancellation)).Active) await robot.DisarmRescueAsync(server, cancellation);
        var before = await robot.GetLastRescueAsync(server, cancellation);
        context.Append(new RescueArming(before?.BootTime?.Raw));
        await robot.ArmRescueAsync(server, [key.Md5Fingerprint], stop.Now);

        try
        {
            await PressAsync(context, "rescue", stop.Now);
        }
        catch when (context.Record.LastReset is not { Purpose: "rescue", Settled: false })
        {
            // Never pressed: an armed rescue system would wait for anybody's next reboot, for an hour.
            using var brief = new CancellationTokenSource(TimeSpan.FromSeconds(20), context.Services.Time);
            await robot.DisarmRescueAsync(server, brief.Token);
            throw;
        }

        context.Note($"rescue system armed, reset {context.Record.Resets} of at most {context.Options.Limits.MaxResets} pressed ({context.Record.LastReset!.Type})");
    }

    /// <summary>
    /// Somebody may have armed Hetzner's unattended installer, which writes to the server's disks at the next boot. No boot of
    /// ours may set it off.
    /// </summary>
    public static async Task RefuseOtherBootAsync(NodeContext context, CancellationToken cancellation)
    {
        var boot = await context.Services.Robot.GetBootAsync(context.Node.ServerNumber, cancellation);
        if (boot.ActiveKind is { } kind and not "rescue")
            throw new ProvisionException(FailureCode.ServerUnusable, $"Robot has a \"{kind}\" boot armed for server {context.Node.ServerNumber}, which the next boot would start; it may write to the disks", "Ask whoever armed it; deactivate it in Robot, then run again.");
    }

    /// <summary>Resetting a server that Robot's firewall keeps us from would only cut off what runs there.</summary>
    private static async Task RefuseBlockedPortsAsync(NodeContext context, CancellationToken cancellation)
    {
        if (await context.Services.Robot.GetFirewallAsync(context.Node.ServerNumber, cancellation) is not { } firewall) return;
        if (FirewallCheck.Blocked(firewall, source: null) is [var block, ..])
            throw new ProvisionException(FailureCode.ServerUnusable, $"The Robot firewall of server {context.Node.ServerNumber} blocks {block.Port}/tcp ({block.Rule ?? "no rule accepts it"}), so the server could not be reached after a reset", "Let in 22/tcp and 50000/tcp in Robot, then run again.");
    }

    /// <summary>Presses reset, or the power button of a server that is off: <c>hw</c> is not known to start one.</summary>
    public static async Task PressAsync(NodeContext context, string purpose, CancellationToken cancellation)
    {
        var robot = context.Services.Robot;
        await RefuseOtherBootAsync(context, cancellation);
        var reset = await robot.GetResetAsync(context.Node.ServerNumber, cancellation);
        string type = reset.IsShutOff && reset.Offers(ResetType.Power) ? ResetType.Power : ResetType.Hardware;
        context.Append(new ResetPressing(type, purpose));
        var press = await robot.PressResetAsync(context.Node.ServerNumber, type, cancellation);
        // A lost answer is not asked for again: what boots will tell whether the button was pressed.
        if (press.Outcome == PressOutcome.Pressed) context.Append(new ResetPressed());
        else context.Note($"Robot's answer to the reset was lost ({press.Doubt?.Message}); watching the server");
    }
}
