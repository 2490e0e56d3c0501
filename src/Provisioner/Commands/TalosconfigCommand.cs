using System.CommandLine;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Talos.Contexts;

namespace Kronform.Provision.Commands;

/// <summary><c>provision talosconfig</c>: an administrator's context for talosctl, merged into the file talosctl uses.</summary>
public static class TalosconfigCommand
{
    private static readonly Option<string?> To = new("--to")
    {
        Description = "The talosconfig to put it into; created when it is not there. Default: $TALOSCONFIG, else ~/.talos/config.",
    };

    public static Command Create()
    {
        var command = new Command("talosconfig", "Put an administrator's context for talosctl into a talosconfig; its other contexts stay as they are.") { To };
        command.SetAction((parsed, cancellation) => CommandFailure.GuardAsync(parsed, async () =>
        {
            var cluster = ClusterFile.Load(parsed.GetValue(CommonOptions.File)!);
            var files = new NodeConfigs(cluster, TimeProvider.System);
            var configs = new List<MachineConfig>();
            foreach (var node in cluster.Nodes.Where(n => n.Role == NodeRole.ControlPlane && File.Exists(n.ConfigPath))) configs.Add(await files.LoadAsync(node, cancellation));
            var context = AdminContext.Make(cluster, configs, TimeProvider.System);
            var path = TalosconfigPaths.Find(parsed.GetValue(To));
            var name = TalosconfigFile.Merge(path, context);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                $"Wrote context {name} to {path}, endpoints {string.Join(", ", context.Endpoints)}. Use it with: talosctl --talosconfig {path} --context {name}");
            return 0;
        }, cancellation));
        return command;
    }
}
