using System.Text;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Reports;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Rescue;

/// <summary>One run of the agent's program over a connection, and what it says until its last word.</summary>
internal sealed class AgentCall(ISshSession session, TimeProvider time)
{
    public const string Folder = "/run/kronform";
    public const string RemotePath = Folder + "/" + AgentBinary.FileName;

    /// <summary>
    /// Without a new step or another byte the agent is stuck, whatever its timer says. The longest honest silence is a disk that
    /// spins up or recovers a sector.
    /// </summary>
    private static readonly TimeSpan StallLimit = TimeSpan.FromMinutes(5);

    /// <summary>
    /// From the agent's last word to the end of its process. A thread that hangs in the kernel on a dead disk can keep the process
    /// for ever, and its result is known by then.
    /// </summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    /// <param name="arguments">The agent's command line.</param>
    /// <param name="order">The first line of its standard input; null when there is none.</param>
    /// <param name="content">What follows the order; standard input then stays open.</param>
    /// <param name="onEvent">Sees every event but the terminal one.</param>
    /// <param name="cancellation">Ends the process over there.</param>
    /// <exception cref="ProvisionException"><see cref="FailureCode.AgentFailed"/>: no last word came.</exception>
    /// <exception cref="SshException">The connection was lost.</exception>
    public async Task<AgentEvent> RunAsync(string arguments, string? order, Stream? content, Action<AgentEvent>? onEvent, CancellationToken cancellation)
    {
        using var wait = WaitClock.On(FarSide.Agent);
        AgentEvent? terminal = null;
        SshInput? input = order is null && content is null ? null
            : new SshInput(content ?? Stream.Null, order is null ? default : Encoding.UTF8.GetBytes(order + "\n"), KeepOpen: true);
        using var stall = new CancellationTokenSource(StallLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellation);
        (long In, long Out) moved = default;
        void Listen(string line)
        {
            if (ProtocolJson.FromLine(line) is not { } agentEvent) return;
            if (agentEvent is not AgentProgress progress || moved != (moved = (progress.BytesIn, progress.BytesOut))) stall.CancelAfter(StallLimit);
            if (agentEvent.IsTerminal)
            {
                terminal ??= agentEvent;
                stall.CancelAfter(EndLimit);
            }
            else onEvent?.Invoke(agentEvent);
        }

        SshResult? result = null;
        try
        {
            result = await session.RunAsync($"exec {RemotePath} {arguments}", input, Listen, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested && terminal is not null)
        {
            // It said its last word and hangs in its end.
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ProvisionException(FailureCode.AgentFailed, $"The agent's {Name(arguments)} did not move for {StallLimit.TotalMinutes:0} minutes", $"Look at the disk's health in the rescue system (smartctl, dmesg). {Aftermath(arguments)}");
        }

        return terminal ?? throw new ProvisionException(FailureCode.AgentFailed, $"The agent's {Name(arguments)} ended without a result ({Describe(result!)})", $"{Aftermath(arguments)} Run again.");
    }

    /// <exception cref="ProvisionException">With the code that the agent's failure carries.</exception>
    public static T Require<T>(AgentEvent terminal) where T : AgentEvent => terminal switch
    {
        T done => done,
        AgentFailed failed => throw Failure(failed),
        _ => throw new ProvisionException(FailureCode.AgentFailed, $"The agent answered with {terminal.GetType().Name} instead of {typeof(T).Name}"),
    };

    public static ProvisionException Failure(AgentFailed failed)
    {
        string disk = failed.DiskState switch
        {
            DiskStates.Untouched => "The disk was not touched.",
            DiskStates.WithoutTable => "The disk has no partition table now and will not boot.",
            DiskStates.PartlyChanged => "Some of the changes are on the disk; the old bytes of all of them are in the journal, and running again completes it.",
            _ => "The disk's state is not known.",
        };
        Exception? cause = null;
        foreach (string text in failed.Causes.Reverse()) cause = new InvalidOperationException(text, cause);
        return new ProvisionException(FailureCode.Named(failed.Code), $"{failed.Message.TrimEnd('.')}. {disk}", null, cause);
    }

    public static string Describe(SshResult result)
    {
        string how = result.Signal is { } signal ? $"killed by {signal}" : $"exit status {result.ExitStatus}";
        string error = result.Error.Trim();
        return error.Length == 0 ? how : $"{how}: {(error.Length > 300 ? error[..300] : error)}";
    }

    private static string Name(string arguments) => arguments.Split(' ') is ["start" or "attach", var job, ..] ? $"job {job}" : arguments;

    private static string Aftermath(string arguments) => arguments.Split(' ')[0] switch
    {
        "start" or "attach" => "The disk under work has no partition table unless the run had not begun to write, or was complete.",
        "neutralise" => "What was to be changed is in the journal; the next run completes it.",
        _ => "Nothing was changed.",
    };
}
