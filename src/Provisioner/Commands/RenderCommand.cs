using System.CommandLine;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Cluster.MachineConfigs.Rendering;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Commands;

/// <summary><c>provision render NODE</c>: the machine config the node would get, or how it differs from another. Changes nothing.</summary>
public static class RenderCommand
{
    /// <summary>Value of <c>--diff</c> that means the running node.</summary>
    private const string Live = "live";

    private static readonly Argument<string> Node = new("node") { Description = "Node of provision.yaml." };
    private static readonly Option<string?> Diff = new("--diff") { Description = "Print what sending it would change: against live, the config the node runs with, or against a file." };
    private static readonly Option<bool> ShowSecrets = new("--show-secrets") { Description = "Print keys, tokens and passwords too. Otherwise each is replaced by the beginning of its SHA-256." };

    public static Command Create()
    {
        var command = new Command("render", "Print the machine config a node would get, with its patches merged; change nothing.") { Node, Diff, ShowSecrets };
        command.SetAction((parsed, cancellation) => CommandFailure.GuardAsync(parsed, async () =>
        {
            string text = await RenderAsync(parsed.GetValue(CommonOptions.File)!, parsed.GetValue(Node)!, parsed.GetValue(Diff), parsed.GetValue(ShowSecrets), parsed.InvocationConfiguration.Error, cancellation);
            await parsed.InvocationConfiguration.Output.WriteAsync(text);
            return 0;
        }, cancellation));
        return command;
    }

    private static async Task<string> RenderAsync(string file, string name, string? diff, bool showSecrets, TextWriter warnings, CancellationToken cancellation)
    {
        var cluster = ClusterFile.Load(file);
        var node = cluster.FindNode(name);
        var configs = new NodeConfigs(cluster, TimeProvider.System);
        var config = await configs.LoadAsync(node, cancellation);
        foreach (var warning in config.PatchWarnings) await warnings.WriteLineAsync($"warning: {warning}");
        if (diff is null) return showSecrets ? config.Text() : RenderedConfig.Of(config.Documents, showSecrets);

        var (other, otherName) = diff == Live
            ? ((await new LiveConfig(cluster, configs, TimeProvider.System).ReadAsync(node, config, cancellation)).Reveal(), $"{name} (live)")
            : (await configs.ReadOtherAsync(diff, cancellation), diff);
        string difference = RenderedConfig.Difference(config.Documents, RenderedConfig.Parse(other, otherName), $"{name} (rendered)", otherName, showSecrets);
        return difference.Length > 0 ? difference : $"no difference between {name} and {otherName}\n";
    }
}
