using Kronform.Provision.Failures;
using Kronform.Provision.Servers;

namespace Kronform.Provision.Runs.Acts;

/// <summary>Registers our key, arms the rescue system and resets the server into it.</summary>
public static class RescueEntry
{
    /// <param name="observation">What runs there now.</param>
    /// <param name="stop">From arming to the reset nothing is broken off but at once.</param>
    public static async Task RunAsync(NodeContext context, string because, Observation observation, StopTokens stop)
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
        await DisarmIfArmedAsync(context, cancellation);
        var before = await robot.GetLastRescueAsync(server, cancellation);
        context.Append(new RescueArming(before?.BootTime?.Raw));
        int resets = context.Record.Resets;
        try
        {
            // Here already: what was refused, or not answered, may have been armed all the same.
            await robot.ArmRescueAsync(server, [key.Md5Fingerprint], stop.Now);
            context.Note("rescue system armed");
            await ResetButton.PressAsync(context, "rescue", observation, stop.Now);
        }
        catch when (context.Record.Resets == resets)
        {
            // Never pressed: an armed rescue system would wait for anybody's next reboot, for an hour.
            await DisarmBrieflyAsync(context);
            throw;
        }
    }

    /// <summary>An armed rescue system would come up at the next boot, whatever that was meant for.</summary>
    public static async Task DisarmIfArmedAsync(NodeContext context, CancellationToken cancellation)
    {
        if ((await context.Services.Robot.GetRescueAsync(context.Node.ServerNumber, cancellation)).Active)
            await context.Services.Robot.DisarmRescueAsync(context.Node.ServerNumber, cancellation);
    }

    /// <summary>A process that died between arming and pressing left it armed for the node's next reboot, whoever asks for that one.</summary>
    public static async Task DisarmLeftAsync(NodeContext context, CancellationToken cancellation)
    {
        if (!context.Record.Armed || context.Services.RobotIfAny is null) return;
        try
        {
            await DisarmIfArmedAsync(context, cancellation);
        }
        catch (RobotException e)
        {
            // What the run ends with matters more.
            context.Note($"warning: an earlier run armed the rescue system, and it could not be disarmed ({e.Message}); it stays armed for up to an hour");
        }
    }

    private static async Task DisarmBrieflyAsync(NodeContext context)
    {
        using var brief = new CancellationTokenSource(TimeSpan.FromSeconds(20), context.Services.Time);
        try
        {
            await DisarmIfArmedAsync(context, brief.Token);
        }
        catch (Exception e) when (e is RobotException or OperationCanceledException)
        {
            // What kept the button from being pressed matters more.
            context.Note($"warning: the rescue system stays armed for up to an hour: it could not be disarmed ({e.Message})");
        }
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
}
