using System.CommandLine;
using Kronform.Provision.Cluster.Kubeconfigs;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Commands;

/// <summary><c>provision NODE…</c>: the command itself, and the list of the others.</summary>
public static class ProvisionCommand
{
    private static readonly Argument<string[]> Nodes = new("node")
    {
        Description = "Nodes of provision.yaml to take to healthy; those that are healthy already are left alone.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Report every disk and its verdict; touch nothing." };
    private static readonly Option<string?> Inventory = new("--inventory") { Description = "With --dry-run: take the disks from this file instead of the server (docs/disk-report.md). Needs no credentials." };
    private static readonly Option<string?> Save = new("--save") { Description = "With --dry-run: keep report and inventory in this folder, in stable bytes for git." };
    private static readonly Option<string[]> AllowDataLoss = new("--allow-data-loss") { Description = "Serial of a disk whose data may be lost, in this run only. Repeatable.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string[]> Neutralise = new("--neutralise") { Description = "Serial of a disk whose old Talos partition names and boot code are to be taken away, with a copy in the journal. Repeatable.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<ApprovedPlan?> Plan = new("--plan")
    {
        Description = "Write only if this is still the plan: its hash, or at least 12 digits of it, from the disk report. For one node.",
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (ApprovedPlan.Parse(text) is { } plan) return plan;
            result.AddError($"--plan: \"{text}\" is not a plan hash; copy at least {ApprovedPlan.FewestDigits} of its 64 hex digits from the line \"Plan:\" of the disk report.");
            return null;
        },
    };

    private static readonly Option<bool> AllowReset = new("--allow-reset") { Description = "Whatever runs on the server now may be cut off by a reset." };
    private static readonly Option<bool> Timings = new("--timings") { Description = "Print the time spent in each phase, in waiting for each far side, and the program's own." };
    private static readonly Option<string?> Agent = new("--agent") { Description = "The rescue agent's file. Default: kronform-agent beside this program." };
    private static readonly Option<string?> Events = new("--events") { Description = "Also write the JSON events of -o json to this file." };
    private static readonly Option<string?> Kubeconfig = new("--kubeconfig") { Description = "When the nodes are healthy: merge the cluster's kubeconfig into --kubeconfig=PATH, or where kubectl would write: $KUBECONFIG, else ~/.kube/config.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<TimeSpan> RescueDeadline = Deadline("--rescue-deadline", "From reset to a rescue system that lets us in; by itself longer for server products that were seen to be slow.", new RunLimits().RescueDeadline);
    private static readonly Option<TimeSpan> BootDeadline = Deadline("--boot-deadline", "From reboot to a Talos API; by itself longer for slow products.", new RunLimits().BootDeadline);
    private static readonly Option<TimeSpan> HealthDeadline = Deadline("--health-deadline", "From the machine config to a healthy node.", new RunLimits().HealthDeadline);
    private static readonly Option<int> MaxResets = new("--max-resets") { Description = "Resets one attempt may press.", DefaultValueFactory = _ => new RunLimits().MaxResets };
    private static readonly Option<int> Parallel = new("--parallel") { Description = "Nodes worked on at once; the others wait their turn, control planes first.", DefaultValueFactory = _ => SideBySide.DefaultDegree };

    /// <param name="run">Carries the request out; <see cref="ProvisionHost.RunAsync(ProvisionRequest, CancellationToken)"/> unless given.</param>
    public static RootCommand Create(Func<ProvisionRequest, CancellationToken, Task<int>>? run = null)
    {
        var root = new RootCommand("Takes Hetzner dedicated servers from their rescue system to healthy Talos Linux nodes.")
        {
            Nodes, CommonOptions.File, CommonOptions.Output, CommonOptions.State, CommonOptions.Verbose,
            DryRun, Inventory, Save, Plan, AllowDataLoss, Neutralise, AllowReset, Timings, Agent, Events, Kubeconfig, RescueDeadline, BootDeadline, HealthDeadline, MaxResets, Parallel,
            InitCommand.Create(),
            DoctorCommand.Create(),
            RenderCommand.Create(),
            StatusCommand.Create(),
            RunsCommand.Create(),
            KubeconfigCommand.Create(),
            TalosconfigCommand.Create(),
        };
        root.Validators.Add(result =>
        {
            int nodes = result.GetResult(Nodes)?.Tokens.Select(t => t.Value).Distinct().Count() ?? 0;
            if (nodes > 1 && result.GetResult(Plan) is { Implicit: false })
                result.AddError($"--plan: a plan is one node's, and {nodes} nodes are named; name one.");
            if (!result.GetValue(DryRun) && result.GetValue(Inventory) is not null) result.AddError("--inventory goes with --dry-run: nothing is written from a file.");
            if (!result.GetValue(DryRun) && result.GetValue(Save) is not null) result.AddError("--save goes with --dry-run.");
            if (result.GetValue(DryRun) && result.GetResult(Kubeconfig) is not null) result.AddError("--kubeconfig does not go with --dry-run, which changes nothing; use: provision kubeconfig.");
            if (result.GetResult(Parallel) is { Implicit: false } parallel && parallel.GetValueOrDefault<int>() < 1) result.AddError("--parallel: at least one node is worked on at once.");
            if (result.GetValue(Inventory) is not null && result.GetValue(Nodes)?.Distinct().Count() > 1) result.AddError("--inventory holds one machine's disks: name one node.");
        });
        DryRunHelp.AddTo(root);
        root.SetAction((parsed, cancellation) => CommandFailure.GuardAsync(parsed, () => (run ?? ProvisionHost.RunAsync)(
            new ProvisionRequest
            {
                Nodes = [.. parsed.GetValue(Nodes)!.Distinct()],
                File = parsed.GetValue(CommonOptions.File)!,
                Json = parsed.GetValue(CommonOptions.Output) == "json",
                State = parsed.GetValue(CommonOptions.State),
                Verbose = parsed.GetValue(CommonOptions.Verbose),
                DryRun = parsed.GetValue(DryRun),
                Inventory = parsed.GetValue(Inventory),
                Save = parsed.GetValue(Save),
                Timings = parsed.GetValue(Timings),
                Agent = parsed.GetValue(Agent),
                Events = parsed.GetValue(Events),
                Parallel = parsed.GetValue(Parallel),
                Kubeconfig = parsed.GetResult(Kubeconfig) is null ? null : KubeconfigPaths.Find(parsed.GetValue(Kubeconfig)),
                Options = new RunOptions
                {
                    AllowDataLoss = parsed.GetValue(AllowDataLoss) ?? [],
                    Neutralise = parsed.GetValue(Neutralise) ?? [],
                    Plan = parsed.GetValue(Plan),
                    AllowReset = parsed.GetValue(AllowReset),
                    Limits = LimitsOf(parsed),
                },
            },
            cancellation), cancellation));
        return root;
    }

    /// <summary>With which deadlines the operator gave, since those are not changed by what was learnt.</summary>
    internal static RunLimits LimitsOf(ParseResult parsed) => new()
    {
        RescueDeadline = parsed.GetValue(RescueDeadline),
        RescueDeadlineGiven = parsed.GetResult(RescueDeadline) is { Implicit: false },
        BootDeadline = parsed.GetValue(BootDeadline),
        BootDeadlineGiven = parsed.GetResult(BootDeadline) is { Implicit: false },
        HealthDeadline = parsed.GetValue(HealthDeadline),
        MaxResets = parsed.GetValue(MaxResets),
    };

    private static Option<TimeSpan> Deadline(string name, string description, TimeSpan value) => new(name)
    {
        Description = description + " Minutes (8m), seconds (90s) or hh:mm:ss.",
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (Durations.Parse(text) is { } duration) return duration;
            result.AddError($"{name}: \"{text}\" is not a duration; write 90s, 8m or 00:08:00.");
            return default;
        },
    };
}
