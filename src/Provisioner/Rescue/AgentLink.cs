using System.Text;
using System.Text.Json;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Reports;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Rescue;

/// <summary>
/// Delivers the agent into a rescue system's memory, runs it, and reads its events. The agent dies with the connection: it
/// holds its standard input, which ends when we do.
/// </summary>
public sealed class AgentLink(ISshSession session, AgentBinary agent, TimeProvider time)
{
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

    private const string Folder = "/run/kronform";
    private const string RemotePath = Folder + "/" + AgentBinary.FileName;

    /// <summary>Puts the agent in place and proves it whole on the far side before it gets its name.</summary>
    public async Task DeliverAsync(IProgress<long>? sent, CancellationToken cancellation) =>
        await SshPipelines.Delivery(time).ExecuteAsync(async token => await DeliverOnceAsync(sent, token), cancellation);

    private async Task DeliverOnceAsync(IProgress<long>? sent, CancellationToken cancellation)
    {
        string incoming = RemotePath + ".incoming";
        using var compressed = new MemoryStream(agent.Compressed.ToArray(), writable: false);
        // A cut transfer is a clean end of file over there: only the digest tells.
        var result = await session.RunAsync(
            $"set -e; umask 077; mkdir -p {Folder}; gzip -dc > {incoming}; echo '{agent.Sha256}  {incoming}' | sha256sum -c --status; chmod 700 {incoming}; mv {incoming} {RemotePath}; echo delivered",
            new SshInput(compressed, Sent: sent), null, cancellation);
        if (!result.Succeeded || !result.Output.Contains("delivered", StringComparison.Ordinal))
            throw new ProvisionException(FailureCode.AgentFailed, $"The agent did not arrive whole in the rescue system ({Describe(result)})", "Run again; nothing was changed on the disks.");
    }

    public async Task<HostInventory> InventoryAsync(CancellationToken cancellation) =>
        (await RunAsync<InventoryTaken>("inventory", null, null, null, cancellation)).Inventory;

    /// <param name="order">What to write where.</param>
    /// <param name="image">The image's bytes when the order's source is <c>stdin</c>.</param>
    /// <param name="onEvent">
    /// Sees every event but the terminal one. With <see cref="WriteOrder.SaveFirst"/>, the agent wipes as soon as this has returned
    /// from <see cref="SavingDone"/>; what it throws ends the agent, which has touched nothing then.
    /// </param>
    /// <param name="cancellation">Ends the agent, which leaves the disk without a table if it had begun.</param>
    public async Task<ImageWritten> WriteAsync(WriteOrder order, Stream? image, Action<AgentEvent> onEvent, CancellationToken cancellation)
    {
        var text = JsonSerializer.Serialize(order, ProtocolJson.Default.WriteOrder);
        if (!order.SaveFirst) return await RunAsync<ImageWritten>("write", text, image, onEvent, cancellation);
        await using var input = new AnsweredContent(image);
        void Listen(AgentEvent agentEvent)
        {
            try
            {
                onEvent(agentEvent);
                if (agentEvent is SavingDone) input.Answer(WriteOrder.SavedAnswer);
            }
            catch (Exception failure)
            {
                input.Refuse(failure);
            }
        }

        return await RunAsync<ImageWritten>("write", text, input, Listen, cancellation);
    }

    public Task<DiskVerified> VerifyAsync(VerifyOrder order, Action<AgentEvent> onEvent, CancellationToken cancellation) =>
        RunAsync<DiskVerified>("verify", JsonSerializer.Serialize(order, ProtocolJson.Default.VerifyOrder), null, onEvent, cancellation);

    /// <summary>What the agent would change on a disk; it changes nothing. <see cref="NeutraliseOrder.Changes"/> stays out of the order.</summary>
    public async Task<IReadOnlyList<ByteChange>> ProposeNeutralisingAsync(NeutraliseOrder order, CancellationToken cancellation) =>
        (await RunAsync<NeutraliseProposed>("neutralise", Line(order with { Changes = null }), null, null, cancellation)).Changes;

    /// <summary>Makes the changes of the order, and no others.</summary>
    public Task<DiskNeutralised> NeutraliseAsync(NeutraliseOrder order, Action<AgentEvent> onEvent, CancellationToken cancellation) =>
        RunAsync<DiskNeutralised>("neutralise", Line(order), null, onEvent, cancellation);

    private static string Line(NeutraliseOrder order) => JsonSerializer.Serialize(order, ProtocolJson.Default.NeutraliseOrder);

    private async Task<T> RunAsync<T>(string command, string? order, Stream? content, Action<AgentEvent>? onEvent, CancellationToken cancellation)
        where T : AgentEvent
    {
        using var wait = WaitClock.On(FarSide.Agent);
        AgentEvent? terminal = null;
        SshInput? input = order is null ? null
            : new SshInput(content ?? Stream.Null, Encoding.UTF8.GetBytes(order + "\n"), KeepOpen: true);
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
            result = await session.RunAsync($"exec {RemotePath} {command}", input, Listen, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested && terminal is not null)
        {
            // It said its last word and hangs in its end.
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ProvisionException(FailureCode.AgentFailed, $"The agent's {command} did not move for {StallLimit.TotalMinutes:0} minutes", $"Look at the disk's health in the rescue system (smartctl, dmesg). {Aftermath(command)}");
        }

        return terminal switch
        {
            T done => done,
            AgentFailed failed => throw Failure(failed),
            _ => throw new ProvisionException(FailureCode.AgentFailed, $"The agent's {command} ended without a result ({Describe(result!)})", $"{Aftermath(command)} Run again."),
        };
    }

    private static string Aftermath(string command) => command switch
    {
        "write" => "The disk under work has no partition table unless the run had not begun to write.",
        "neutralise" => "What was to be changed is in the journal; the next run completes it.",
        _ => "Nothing was changed.",
    };

    private static ProvisionException Failure(AgentFailed failed)
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

    private static string Describe(SshResult result)
    {
        string how = result.Signal is { } signal ? $"killed by {signal}" : $"exit status {result.ExitStatus}";
        string error = result.Error.Trim();
        return error.Length == 0 ? how : $"{how}: {(error.Length > 300 ? error[..300] : error)}";
    }
}
