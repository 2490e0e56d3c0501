using System.CommandLine;
using Kronform.Provision.Runs.Looking;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kronform.Provision.Commands;

/// <summary><c>provision status [NODE…]</c>: what each node is now. Touches nothing.</summary>
public static class StatusCommand
{
    private static readonly Argument<string[]> Nodes = new("node") { Description = "Nodes of provision.yaml; all when none is named.", Arity = ArgumentArity.ZeroOrMore };

    public static Command Create()
    {
        var command = new Command("status", "Say what each node is: rescue, maintenance, configured, silent, …; touch nothing. Works without Robot credentials.") { Nodes };
        command.SetAction((parsed, cancellation) =>
        {
            bool json = parsed.GetValue(CommonOptions.Output) == "json";
            return CommandFailure.GuardAsync(parsed, async () =>
            {
                using var access = await ClusterAccess.OpenAsync(parsed.GetValue(CommonOptions.File)!, parsed.GetValue(CommonOptions.State), TimeProvider.System, NullLoggerFactory.Instance, cancellation);
                string[] named = [.. parsed.GetValue(Nodes)!.Distinct()];
                var nodes = named.Length > 0 ? [.. named.Select(access.Cluster.FindNode)] : access.Cluster.Nodes;
                var look = new NodeLook(access);
                var standings = await Task.WhenAll(nodes.Select(n => look.AtAsync(n, cancellation)));
                foreach (string line in json ? standings.Select(s => s.ToJson()) : StandingText.Lines(standings)) Console.WriteLine(line);
                if (!json && access.WithoutRobot is { } why) Console.Error.WriteLine($"Robot was not asked: {why}");
                return 0;
            }, cancellation);
        });
        return command;
    }
}
