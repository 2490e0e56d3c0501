using System.Net;
using System.Security.Cryptography;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs.Deadlines;
using Kronform.Provision.Servers;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Runs;

/// <summary>
/// One node from the lock to the result: takes the node's lock, opens or continues its journal, checks the server in Robot, runs
/// the loop, and turns whatever ends it into a <see cref="NodeResult"/>.
/// </summary>
public sealed class NodeRuns(RunServices services)
{
    private readonly ILogger _log = services.Logs.CreateLogger("runs");

    private readonly LookPace _pace = new();

    /// <summary>Of the user, not of a cluster: a product is the same in all of them.</summary>
    private readonly BootTimesFile _bootTimes = new(Path.Combine(StateFolder.Home(), ".servers", "boot-times.json"), services.Time, services.Logs.CreateLogger("boot-times"));

    public async Task<NodeResult> RunAsync(NodeSpec node, MachineConfig config, RunOptions options, StopTokens stop)
    {
        NodeContext? context = null;
        JournalFile? journal = null;
        var waits = WaitClock.Begin(services.Time, CommandTime.OfProcess(services.Time));
        var clock = new PhaseClock(services.Time);
        clock.Enter(RunPhase.Preflight);
        services.Reporter.PhaseStarted(node.Name, RunPhase.Preflight, $"Checking server {node.ServerNumber} in Robot");
        try
        {
            using var nodeLock = NodeLock.Take(services.State, node.Name);
            var server = await Preflight.CheckServerAsync(services, node, stop.Soon);
            options = options with { Limits = Learnt(server.Product, options.Limits) };
            (journal, var before, bool knownNode) = OpenJournal(node);
            context = new NodeContext(services, node, config, server.Address, options, journal, clock, before) { Boots = new BootLearner(_bootTimes, server.Product), Pace = _pace };
            context.Append(AttemptStarted.With(options));
            string summary = await new NodeRun(context, knownNode).ToHealthyAsync(stop);
            context.Append(new AttemptEnded("ok"));
            return new NodeResult(node.Name, summary, context.Changed, null, clock.Read()) { Time = waits.Read() };
        }
        catch (Exception e)
        {
            var failure = AsFailure(e, stop.Soon);
            _log.LogError(e, "{Node} ended with {Code}", node.Name, failure.Code.Name);
            if (failure.Code != FailureCode.RunJournal) TryEnd(context, failure);
            return new NodeResult(node.Name, failure.Message, context?.Changed ?? false, failure, clock.Read()) { Time = waits.Read() };
        }
        finally
        {
            journal?.Dispose();
        }
    }

    /// <summary>So that a slow product is not reset in the midst of its firmware's work.</summary>
    private RunLimits Learnt(string product, RunLimits limits)
    {
        var times = _bootTimes.Of(product);
        var learnt = LearntDeadlines.Apply(limits, times);
        _log.LogInformation("{Deadlines}", LearntDeadlines.Describe(product, learnt, times));
        return learnt;
    }

    /// <summary>The failure matters more than its entry: a journal that cannot take it any more must not hide it.</summary>
    private void TryEnd(NodeContext? context, ProvisionException failure)
    {
        try
        {
            context?.Append(new AttemptEnded(failure.Code.Name));
        }
        catch (ProvisionException e)
        {
            _log.LogError(e, "The end of the attempt could not be journalled");
        }
    }

    /// <summary>What an exception means to the operator. Only here and in the command is everything caught.</summary>
    public static ProvisionException AsFailure(Exception exception, CancellationToken cancellation) => exception switch
    {
        ProvisionException failure => failure,
        RobotException robot => new ProvisionException(robot.Code, robot.Message, robot.RetryAfter is { } after ? $"Run the same command again in {Math.Ceiling(after.TotalMinutes):0} minutes: it looks at what is there and goes on." : null, robot.InnerException),
        OperationCanceledException when cancellation.IsCancellationRequested => new ProvisionException(FailureCode.Cancelled, "The run was cancelled", "Run the same command again: it looks at what is there and goes on. A disk under work has no partition table until it is complete."),
        _ => new ProvisionException(FailureCode.Internal, "Something went wrong that this program does not know about", "Please report it with the log file.", exception),
    };

    /// <summary>The newest journal goes on unless its run ended healthy, or was another image's; then a new one begins.</summary>
    /// <returns>Also what runs before it did to this server since it was last healthy, which still matters.</returns>
    private (JournalFile Journal, RunRecord Before, bool KnownNode) OpenJournal(NodeSpec node)
    {
        var journals = services.State.Journals(node.Name);
        bool knownNode = false;
        var unfinished = RunRecord.From([]);
        foreach (string path in journals)
        {
            var journal = JournalFile.Open(path, services.Steady);
            bool healthy = RunRecord.From(journal.Entries).Healthy;
            knownNode |= healthy;
            // What was done to another server says nothing here.
            if (healthy || journal.Entries.OfType<RunStarted>().FirstOrDefault() is not { } started || started.Server != node.ServerNumber) unfinished = RunRecord.From([]);
            else if (path == journals[^1] && started.ImageSha256 == services.Image.Source.Sha256) return (journal, unfinished, knownNode);
            else unfinished = RunRecord.From(NodeContext.NotAhead(journal.Entries, services.Steady.GetUtcNow()), unfinished);
            journal.Dispose();
        }

        var opened = JournalFile.Open(Path.Combine(services.State.Node(node.Name), StateFolder.JournalName(services.Steady.GetUtcNow(), journals is [.., var last] ? last : null)), services.Steady);
        opened.Append(new RunStarted(node.Name, node.ServerNumber, services.Image.Source.Sha256, RandomNumberGenerator.GetHexString(64, lowercase: true)));
        return (opened, unfinished, knownNode);
    }
}
