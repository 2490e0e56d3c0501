using System.CommandLine;
using Kronform.Provision.Cluster.Kubeconfigs;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs.Looking;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kronform.Provision.Commands;

/// <summary><c>provision kubeconfig [PATH]</c>: a control plane's kubeconfig, merged into the operator's.</summary>
public static class KubeconfigCommand
{
    private static readonly Argument<string?> Target = new("path") { Description = "File to merge into. Default: where kubectl would write, $KUBECONFIG or ~/.kube/config.", Arity = ArgumentArity.ZeroOrOne };

    public static Command Create()
    {
        var command = new Command("kubeconfig", "Fetch the cluster's kubeconfig and merge it into the one kubectl uses (mode 0600); other contexts stay as they are.") { Target };
        command.SetAction((parsed, cancellation) =>
        {
            bool json = parsed.GetValue(CommonOptions.Output) == "json";
            return CommandFailure.GuardAsync(parsed, async () =>
            {
                using var access = await ClusterAccess.OpenAsync(parsed.GetValue(CommonOptions.File)!, parsed.GetValue(CommonOptions.State), TimeProvider.System, NullLoggerFactory.Instance, cancellation);
                string said = await KubeconfigFetch.RunAsync(access.Services, KubeconfigPaths.Find(parsed.GetValue(Target)), cancellation);
                if (json) new JsonReporter(Console.Out, TimeProvider.System).Note(access.Cluster.Name, said);
                else Console.WriteLine(said);
                return 0;
            }, cancellation);
        });
        return command;
    }
}
