using System.Text;
using Kronform.Provision.Agent.Events;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Jobs;

/// <summary>
/// One who listens to a job, and may send it something. It can go at any time; the job does not mind, unless it was in the
/// middle of sending.
/// </summary>
internal sealed class JobAttach(AgentWorld world, JobFolder job, Stream output)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);
    private const int LooksBetweenJudgements = 20;
    private const int CopyBytes = 64 * 1024;

    /// <summary>Says every event behind number <paramref name="after"/>, and in any case the terminal one, with which it returns.</summary>
    /// <param name="input">What the job is to get; null when nothing. Its end detaches it from the job and ends nothing.</param>
    /// <exception cref="ListenerGone"/>
    /// <exception cref="IOException">The job's files cannot be read.</exception>
    public Task<AgentEvent> RunAsync(int after, AgentInput? input, CancellationToken cancellation) =>
        ListenAsync(after, over => input is null ? Task.CompletedTask : RelayAsync(input, over), cancellation);

    /// <summary>Has the job end in its own safe way, and says the terminal event, with which it returns.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public Task<AgentEvent> CancelAsync(CancellationToken cancellation) => ListenAsync(int.MaxValue, AskToEndAsync, cancellation);

    private async Task<AgentEvent> ListenAsync(int after, Func<CancellationToken, Task> meanwhile, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var relay = Task.Run(() => meanwhile(over.Token), CancellationToken.None);
        try
        {
            using var log = new JobLogReader(job.Events);
            for (var look = 1; ; look++)
            {
                if (Say(log, after) is { } terminal) return terminal;
                if (look % LooksBetweenJudgements == 0 && JobEnd.CloseIfDead(world, job) is { } dead) return Say(log, after) ?? SayUnlogged(dead);
                await Task.Delay(Pace, world.Time, cancellation);
            }
        }
        finally
        {
            await over.CancelAsync();
            await relay;
        }
    }

    private AgentEvent? Say(JobLogReader log, int after)
    {
        while (log.Next() is { IsEmpty: false } line)
        {
            var terminal = JobLogReader.Parse(line) is { IsTerminal: true } last ? last : null;
            if (log.Lines > after || terminal is not null) Tell(line.Span);
            if (terminal is not null) return terminal;
        }

        return null;
    }

    /// <summary>For a last word for which there was no room in the log.</summary>
    private AgentFailed SayUnlogged(AgentFailed dead)
    {
        Tell(Encoding.UTF8.GetBytes(ProtocolJson.ToLine(dead) + "\n"));
        return dead;
    }

    private void Tell(ReadOnlySpan<byte> line)
    {
        try
        {
            output.Write(line);
            output.Flush();
        }
        catch (IOException failure)
        {
            throw new ListenerGone(failure);
        }
    }

    private async Task RelayAsync(AgentInput from, CancellationToken over)
    {
        try
        {
            await using var to = await ConnectAsync(over);
            if (to is null) return;
            var buffer = new byte[CopyBytes];
            while (await from.ReadAsync(buffer, over) is var got and > 0) await to.WriteAsync(buffer.AsMemory(0, got), over);
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException)
        {
            // Either end is gone. The job tells by itself if it misses something.
        }
    }

    /// <summary>A job may live and not be reachable yet. Whether it has ended, or died, its log tells; then this is over.</summary>
    private async Task AskToEndAsync(CancellationToken over)
    {
        try
        {
            while (!await JobSocket.CancelAsync(job, over)) await Task.Delay(Pace, world.Time, over);
        }
        catch (OperationCanceledException)
        {
            // It has ended without being asked, or nobody waits for it any more.
        }
    }

    /// <summary>Null when the job ended instead of taking connections.</summary>
    private async Task<Stream?> ConnectAsync(CancellationToken over)
    {
        while (true)
        {
            if (await JobSocket.ConnectAsync(job, over) is { } connection) return connection;
            // Not there yet, or not any more; what becomes of it is told by its log.
            await Task.Delay(Pace, world.Time, over);
        }
    }
}
