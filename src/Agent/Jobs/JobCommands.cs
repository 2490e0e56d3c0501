using Kronform.Provision.Agent.Events;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Jobs;

/// <summary>What others than a job's own process can do about it. Each says events and ends with the exit code of the last one.</summary>
internal sealed class JobCommands(AgentWorld world, Stream output)
{
    /// <summary>What is known of the disk without the job's own word; one of <see cref="DiskStates"/>.</summary>
    private string _diskState = DiskStates.Untouched;

    public Task<int> StartAsync(string id, string command, AgentInput input, CancellationToken cancellation) => SayAsync(async () =>
    {
        var job = await JobStart.RunAsync(world, id, command, input, cancellation);
        return await Attached(job).RunAsync(0, input, cancellation);
    }, cancellation);

    /// <param name="input">What the job is to get; null when whoever attaches only looks.</param>
    public Task<int> AttachAsync(string id, int after, AgentInput? input, CancellationToken cancellation) => SayAsync(
        () => Attached(JobFolder.Existing(world.Roots, id)).RunAsync(after, input, cancellation), cancellation);

    /// <summary>Ends a job in its own safe way, and says its last word.</summary>
    public Task<int> CancelAsync(string id, CancellationToken cancellation) => SayAsync(
        () => Attached(JobFolder.Existing(world.Roots, id)).CancelAsync(cancellation), cancellation);

    public Task<int> ListAsync(CancellationToken cancellation) => SayAsync(async () =>
    {
        var listed = await JobList.ReadAsync(world, cancellation);
        new EventStream(output, world.Time, () => { }).Emit(listed);
        return listed;
    }, cancellation);

    private JobAttach Attached(JobFolder job)
    {
        // From here on the job may do anything without this process getting to know it.
        _diskState = DiskStates.Unknown;
        return new JobAttach(world, job, output);
    }

    private async Task<int> SayAsync(Func<Task<AgentEvent>> action, CancellationToken cancellation)
    {
        try
        {
            return await action() is AgentFailed ? AgentApp.Failure : AgentApp.Success;
        }
        catch (Exception gone) when (gone is ListenerGone || (gone is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            // Nobody listens any more. The job goes on.
            return AgentApp.Failure;
        }
        catch (Exception failure)
        {
            new EventStream(output, world.Time, () => { }).Emit(AgentApp.Describe(failure, _diskState, cancelled: false));
            return AgentApp.Failure;
        }
    }
}
