using System.Diagnostics;
using Kronform.Provision.VirtualRack.Control;
using Kronform.Provision.VirtualRack.Handle;
using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Signatures;

/// <summary>A root shell in the rescue system of one node, by OpenSSH and a key of its own.</summary>
public sealed class RescueShell
{
    private readonly RackProcess _rack;
    private readonly string[] _ssh;

    private RescueShell(RackProcess rack, string[] ssh) => (_rack, _ssh) = (rack, ssh);

    /// <summary>Boots the node, which is off, into rescue with a fresh key in <paramref name="folder"/>.</summary>
    public static async Task<RescueShell> BootAsync(RackProcess rack, string node, string folder, TimeSpan within, CancellationToken cancellation)
    {
        var key = Path.Combine(folder, "rescue-key");
        await Tool.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key], cancellation);
        await rack.Control.ArmAsync(node, new ArmRequest([(await File.ReadAllTextAsync(key + ".pub", cancellation)).Trim()]), cancellation);
        await rack.Control.DoAsync(node, "power-on", cancellation);
        await rack.UntilAsync(node, "rescue with sshd", (_, events) => events.Any(e => e.Line.StartsWith("RACK-SETTLED", StringComparison.Ordinal)), within, cancellation);
        return With(rack, node, key);
    }

    /// <summary>Into a rescue system that was armed with this key.</summary>
    public static RescueShell With(RackProcess rack, string node, string key) => new(rack,
        ["ssh", "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            $"root@{rack.Node(node).Address}", "bash", "-s"]);

    /// <param name="script">For bash, as its standard input.</param>
    /// <returns>Standard output.</returns>
    /// <exception cref="ToolException">Another exit code than 0; holds what the script wrote to standard error.</exception>
    public async Task<string> RunAsync(string script, CancellationToken cancellation)
    {
        using Process process = _rack.StartInside(_ssh);
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.StandardInput.WriteAsync(script.AsMemory(), cancellation);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return process.ExitCode == 0 ? await output : throw new ToolException($"the script ended with code {process.ExitCode}:\n{await errors}{await output}");
    }
}
