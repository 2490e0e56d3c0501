using System.Security.Cryptography;
using System.Text.Json;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Rescue;

/// <summary>
/// Orders that the agent carries out on its own in the rescue system. A lost connection leaves a job at work, to be joined
/// again; everything else that ends a call here ends the job too.
/// </summary>
public sealed class AgentJobs(ISshSession session, TimeProvider time)
{
    /// <summary>For a job to end when the operator or a failure on this side says so. It takes its table away and flushes, in up to 30 s.</summary>
    private static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(60);

    private readonly AgentCall _call = new(session, time);

    public static string NewId() => RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <param name="id">Of the job, to be on record before.</param>
    /// <param name="order">What to write where. The agent sends what it will wipe first.</param>
    /// <param name="image">The image's bytes when the order's source is <c>stdin</c>.</param>
    /// <param name="onEvent">
    /// Sees every event but the terminal one. The agent wipes as soon as this has returned from <see cref="SavingDone"/>; what it
    /// throws ends the job, which has touched nothing then, and it sees no more.
    /// </param>
    /// <param name="cancellation">Ends the job, which leaves the disk without a table if it had begun.</param>
    /// <exception cref="ProvisionException">With <see cref="FailureCode.AgentBusy"/> another job is at work.</exception>
    /// <exception cref="SshException">The connection was lost. The job goes on, unless it waits for what only this side can send.</exception>
    public Task<ImageWritten> WriteAsync(string id, WriteOrder order, Stream? image, Action<AgentEvent> onEvent, CancellationToken cancellation) =>
        FollowAsync(id, $"start {id} write", JsonSerializer.Serialize(order with { SaveFirst = true }, ProtocolJson.Default.WriteOrder), image, onEvent, cancellation);

    /// <summary>Goes on where a lost connection, or another process, left a write. Otherwise as <see cref="WriteAsync"/>.</summary>
    /// <param name="after">Number of the last event that need not be told again. 0 unless the saved bytes were answered for.</param>
    public Task<ImageWritten> RejoinAsync(string id, int after, Stream? image, Action<AgentEvent> onEvent, CancellationToken cancellation) =>
        FollowAsync(id, $"attach {id} {after} send", null, image, onEvent, cancellation);

    public async Task<IReadOnlyList<AgentJob>> ListAsync(CancellationToken cancellation) =>
        AgentCall.Require<JobsListed>(await _call.RunAsync("jobs", null, null, null, cancellation)).Jobs;

    /// <summary>Ends a job in its safe way and waits for that.</summary>
    /// <returns>Its last word, which is of success when it came first.</returns>
    public Task<AgentEvent> CancelAsync(string id, CancellationToken cancellation) => _call.RunAsync($"cancel {id}", null, null, null, cancellation);

    private async Task<ImageWritten> FollowAsync(string id, string arguments, string? order, Stream? image, Action<AgentEvent> onEvent, CancellationToken cancellation)
    {
        await using var input = new AnsweredContent(image);
        var refused = false;
        void Listen(AgentEvent agentEvent)
        {
            // What came before is missing from whatever this side would make of it: it must not be taken for whole.
            if (refused) return;
            try
            {
                onEvent(agentEvent);
                if (agentEvent is SavingDone) input.Answer(WriteOrder.SavedAnswer);
            }
            catch (Exception failure)
            {
                refused = input.Refuse(failure);
            }
        }

        AgentEvent terminal;
        try
        {
            terminal = await _call.RunAsync(arguments, order, input, Listen, cancellation);
        }
        catch (Exception ended) when (ended is not SshException)
        {
            await TryCancelAsync(id);
            throw;
        }

        return AgentCall.Require<ImageWritten>(terminal);
    }

    /// <summary>What ended the call matters more than whether this reaches the job; a job that goes on is found by the next run.</summary>
    private async Task TryCancelAsync(string id)
    {
        try
        {
            using var limit = new CancellationTokenSource(CancelLimit, time);
            await CancelAsync(id, limit.Token);
        }
        catch (Exception e) when (e is SshException or ProvisionException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }
}
