using System.CommandLine;
using Kronform.Provision.Cluster;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.History;

namespace Kronform.Provision.Commands;

/// <summary><c>provision runs list|show|resume</c>: what runs did on this machine, and going on with those that did not come to their end.</summary>
public static class RunsCommand
{
    private static readonly Argument<string[]> Nodes = new("node") { Description = "Nodes of provision.yaml; all when none is named.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Argument<string> Run = new("run") { Description = "A run's name as the list shows it, or a node for its newest run." };

    public static Command Create() => new("runs", "Runs that were started from this machine.") { List(), Show(), Resume() };

    private static Command List()
    {
        var command = new Command("list", "One line a run: how it ended, or where it is.") { Nodes };
        command.SetAction((parsed, cancellation) => CommandFailure.GuardAsync(parsed, async () =>
        {
            var (cluster, history) = Open(parsed);
            var runs = Named(parsed, cluster).SelectMany(n => history.Of(n.Name)).Select(r => r.Summary).ToList();
            await PrintAsync(parsed, IsJson(parsed) ? runs.Select(RunText.ToJson) : RunText.Lines(runs));
            return 0;
        }, cancellation));
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "Everything a run wrote into its journal, in words.") { Run };
        command.SetAction((parsed, cancellation) => CommandFailure.GuardAsync(parsed, async () =>
        {
            var (cluster, history) = Open(parsed);
            var run = history.Find(cluster, parsed.GetValue(Run)!);
            await PrintAsync(parsed, IsJson(parsed) ? RunText.ToJson(run) : RunText.Lines(run));
            return 0;
        }, cancellation));
        return command;
    }

    private static Command Resume()
    {
        var command = new Command("resume", "Go on with the newest run of each node that failed, was stopped or was killed, with what it was told about disks; a permission to lose data ends when the disk was written. It looks first, as ever.") { Nodes };
        command.SetAction((parsed, cancellation) => CommandFailure.GuardAsync(parsed, async () =>
        {
            var (cluster, history) = Open(parsed);
            var open = Named(parsed, cluster).Select(n => history.Of(n.Name).LastOrDefault()).OfType<JournalledRun>().Where(r => r.Summary.CanBeResumed).ToList();
            if (open.Count == 0)
            {
                await PrintAsync(parsed, IsJson(parsed) ? [] : ["There is no run to go on with."]);
                return 0;
            }

            return await ProvisionHost.RunAsync(new ProvisionRequest
            {
                Nodes = [.. open.Select(r => r.Summary.Node)],
                File = parsed.GetValue(CommonOptions.File)!,
                Json = IsJson(parsed),
                State = parsed.GetValue(CommonOptions.State),
                Verbose = parsed.GetValue(CommonOptions.Verbose),
                OptionsOfNodes = open.ToDictionary(r => r.Summary.Node, RunHistory.OptionsOf),
                NotesOfNodes = open.ToDictionary(r => r.Summary.Node, r => SpentPermissions.Notes(r.Summary.Node, r.Entries)),
            }, cancellation);
        }, cancellation));
        return command;
    }

    private static (ClusterSpec Cluster, RunHistory History) Open(ParseResult parsed)
    {
        var cluster = ClusterFile.Load(parsed.GetValue(CommonOptions.File)!);
        return (cluster, new RunHistory(StateFolder.For(parsed.GetValue(CommonOptions.State), cluster.Name)));
    }

    private static IEnumerable<NodeSpec> Named(ParseResult parsed, ClusterSpec cluster)
    {
        string[] named = [.. parsed.GetValue(Nodes)!.Distinct()];
        return named.Length > 0 ? [.. named.Select(cluster.FindNode)] : cluster.Nodes;
    }

    private static bool IsJson(ParseResult parsed) => parsed.GetValue(CommonOptions.Output) == "json";

    private static async Task PrintAsync(ParseResult parsed, IEnumerable<string> lines)
    {
        foreach (string line in lines) await parsed.InvocationConfiguration.Output.WriteLineAsync(line);
    }
}
