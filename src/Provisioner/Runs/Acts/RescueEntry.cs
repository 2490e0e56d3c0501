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
            await robot.AddKeyAsync($"kronform-provision {key.Comment}".TrimEnd(), key.Text, cancellation);
            context.Note("registered our SSH key in Robot");
        }

        // What is armed may be another key, or another system (vKVM): arm afresh.
        if ((await robot.GetRescueAsync(server, cancellation)).Active) await robot.DisarmRescueAsync(server, cancellation);
        var before = await robot.GetLastRescueAsync(server, cancellation);
        context.Append(new RescueArming(before.BootTime));
        await robot.ArmRescueAsync(server, [key.Md5Fingerprint], cancellation);

        await PressAsync(context, "rescue", cancellation);
        context.Note($"rescue system armed, reset {context.Record.Resets} of at most {context.Options.Limits.MaxResets} pressed ({context.Record.LastReset!.Type})");
    }

    /// <summary>Presses reset, or the power button of a server that is off: <c>hw</c> is not known to start one.</summary>
    public static async Task PressAsync(NodeContext context, string purpose, CancellationToken cancellation)
    {
        var robot = context.Services.Robot;
        var reset = await robot.GetResetAsync(context.Node.ServerNumber, cancellation);
        string type = reset.OperatingStatus == "shut off" && reset.Types.Contains("power") ? "power" : "hw";
        context.Append(new ResetPressing(type, purpose));
        await robot.PressResetAsync(context.Node.ServerNumber, type, cancellation);
        context.Append(new ResetPressed());
    }
}
