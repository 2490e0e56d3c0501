using System.Text.Json;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Rescue;

/// <summary>
/// Delivers the agent into a rescue system's memory, runs it, and reads its events. What only looks, and the few sectors of
/// neutralising, end with the connection; writing is a job (<see cref="AgentJobs"/>).
/// </summary>
public sealed class AgentLink(ISshSession session, AgentBinary agent, TimeProvider time)
{
    private readonly AgentCall _call = new(session, time);

    public AgentJobs Jobs { get; } = new(session, time);

    /// <summary>Puts the agent in place and proves it whole on the far side before it gets its name.</summary>
    public async Task DeliverAsync(IProgress<long>? sent, CancellationToken cancellation) =>
        await SshPipelines.Delivery(time).ExecuteAsync(async token => await DeliverOnceAsync(sent, token), cancellation);

    private async Task DeliverOnceAsync(IProgress<long>? sent, CancellationToken cancellation)
    {
        string incoming = AgentCall.RemotePath + ".incoming";
        using var compressed = agent.OpenCompressed();
        // A cut transfer is a clean end of file over there: only the digest tells.
        var result = await session.RunAsync(
            $"set -e; umask 077; mkdir -p {AgentCall.Folder}; gzip -dc > {incoming}; echo '{agent.Sha256}  {incoming}' | sha256sum -c --status; chmod 700 {incoming}; mv {incoming} {AgentCall.RemotePath}; echo delivered",
            new SshInput(compressed, Sent: sent), null, cancellation);
        if (!result.Succeeded || !result.Output.Contains("delivered", StringComparison.Ordinal))
            throw new ProvisionException(FailureCode.AgentFailed, $"The agent did not arrive whole in the rescue system ({AgentCall.Describe(result)})", "Run again; nothing was changed on the disks.");
    }

    public async Task<HostInventory> InventoryAsync(CancellationToken cancellation) =>
        (await RunAsync<InventoryTaken>("inventory", null, null, cancellation)).Inventory;

    public Task<DiskVerified> VerifyAsync(VerifyOrder order, Action<AgentEvent> onEvent, CancellationToken cancellation) =>
        RunAsync<DiskVerified>("verify", JsonSerializer.Serialize(order, ProtocolJson.Default.VerifyOrder), onEvent, cancellation);

    /// <summary>What the agent would change on a disk; it changes nothing. <see cref="NeutraliseOrder.Changes"/> stays out of the order.</summary>
    public async Task<IReadOnlyList<ByteChange>> ProposeNeutralisingAsync(NeutraliseOrder order, CancellationToken cancellation) =>
        (await RunAsync<NeutraliseProposed>("neutralise", Line(order with { Changes = null }), null, cancellation)).Changes;

    /// <summary>Makes the changes of the order, and no others.</summary>
    public Task<DiskNeutralised> NeutraliseAsync(NeutraliseOrder order, Action<AgentEvent> onEvent, CancellationToken cancellation) =>
        RunAsync<DiskNeutralised>("neutralise", Line(order), onEvent, cancellation);

    private static string Line(NeutraliseOrder order) => JsonSerializer.Serialize(order, ProtocolJson.Default.NeutraliseOrder);

    private async Task<T> RunAsync<T>(string command, string? order, Action<AgentEvent>? onEvent, CancellationToken cancellation)
        where T : AgentEvent => AgentCall.Require<T>(await _call.RunAsync(command, order, null, onEvent, cancellation));
}
