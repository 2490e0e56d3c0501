using System.Net;
using System.Security.Cryptography;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
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

    public async Task<NodeResult> RunAsync(NodeSpec node, MachineConfig config, RunOptions options, CancellationToken cancellation)
    {
        NodeContext? context = null;
        JournalFile? journal = null;
        var clock = new PhaseClock(services.Time);
        clock.Enter(RunPhase.Preflight);
        services.Reporter.PhaseStarted(node.Name, RunPhase.Preflight, $"Checking server {node.ServerNumber} in Robot");
        try
        {
            using var nodeLock = NodeLock.Take(services.State, node.Name);
            var address = await Preflight.CheckServerAsync(services, node, cancellation);
            (journal, bool knownNode) = OpenJournal(node);
            context = new NodeContext(services, node, config, address, options, journal, clock);
            context.Append(new AttemptStarted(Environment.ProcessId));
            string summary = await new NodeRun(context, knownNode).ToHealthyAsync(cancellation);
            context.Append(new AttemptEnded("ok"));
            return new NodeResult(node.Name, summary, context.Changed, null, clock.Read());
        }
        catch (Exception e)
        {
            var failure = AsFailure(e, cancellation);
            _log.LogError(e, "{Node} ended with {Code}", node.Name, failure.Code.Name);
            if (context is not null && failure.Code != FailureCode.RunJournal) context.Append(new AttemptEnded(failure.Code.Name));
            return new NodeResult(node.Name, failure.Message, context?.Changed ?? false, failure, clock.Read());
        }
        finally
        {
            journal?.Dispose();
        }
    }

    /// <summary>What an exception means to the operator. Only here and in the command is everything caught.</summary>
    public static ProvisionException AsFailure(Exception exception, CancellationToken cancellation) => exception switch
    {
        ProvisionException failure => failure,
        RobotException robot => new ProvisionException(robot.Code, robot.Message, robot.RetryAfter is { } after ? $"The whole budget is back in {after.TotalMinutes:0} minutes." : null, robot.InnerException),
        OperationCanceledException when cancellation.IsCancellationRequested => new ProvisionException(FailureCode.Cancelled, "The run was cancelled at a safe point", "Run the same command again to go on."),
        _ => new ProvisionException(FailureCode.Internal, "Something went wrong that this program does not know about", "Please report it with the log file.", exception),
    };

    /// <summary>The newest journal goes on unless its run ended healthy; then a new run begins.</summary>
    private (JournalFile Journal, bool KnownNode) OpenJournal(NodeSpec node)
    {
        var journals = services.State.Journals(node.Name);
        bool knownNode = false;
        if (journals.Count > 0)
        {
            var newest = JournalFile.Open(journals[^1], services.Time);
            var record = RunRecord.From(newest.Entries);
            if (newest.Entries.Count > 0 && !record.Healthy) return (newest, journals.Count > 1);
            newest.Dispose();
            knownNode = record.Healthy;
        }

        string name = $"{services.Time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}.journal";
        var journal = JournalFile.Open(Path.Combine(services.State.Node(node.Name), name), services.Time);
        journal.Append(new RunStarted(node.Name, node.ServerNumber, services.Image.Source.Sha256, RandomNumberGenerator.GetHexString(64, lowercase: true)));
        return (journal, knownNode);
    }
}
