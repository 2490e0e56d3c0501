using Kronform.Provision.Servers;

namespace Kronform.Provision.Runs.Acts;

/// <summary>Registers our key, arms the rescue system and resets the server into it.</summary>
public static class RescueEntry
{
    public static async Task RunAsync(NodeContext context, string because, CancellationToken cancellation)
    {
        context.Enter(RunPhase.Rescue, $"Booting the rescue system: {because}");
        var robot = context.Services.Robot;
        int server = context.Node.ServerNumber;

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
        await robot.ArmRescueAsync(server, [key.Md5Fingerprint], cancellation);

        await PressAsync(context, "rescue", cancellation);
        context.Note($"rescue system armed, reset {context.Record.Resets} of at most {context.Options.Limits.MaxResets} pressed ({context.Record.LastReset!.Type})");
    }

    /// <summary>Presses reset, or the power button of a server that is off: <c>hw</c> is not known to start one.</summary>
    public static async Task PressAsync(NodeContext context, string purpose, CancellationToken cancellation)
    {
        var robot = context.Services.Robot;
        var reset = await robot.GetResetAsync(context.Node.ServerNumber, cancellation);
        string type = reset.IsShutOff && reset.Offers(ResetType.Power) ? ResetType.Power : ResetType.Hardware;
        context.Append(new ResetPressing(type, purpose));
        var press = await robot.PressResetAsync(context.Node.ServerNumber, type, cancellation);
        // A lost answer is not asked for again: what boots will tell whether the button was pressed.
        if (press.Outcome == PressOutcome.Pressed) context.Append(new ResetPressed());
        else context.Note($"Robot's answer to the reset was lost ({press.Doubt?.Message}); watching the server");
    }
}
