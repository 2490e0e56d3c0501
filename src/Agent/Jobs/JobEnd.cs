using System.Text;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Jobs;

/// <summary>Gives a job whose process died the last word that it could not say itself.</summary>
internal static class JobEnd
{
    /// <summary>Appends the last word if the process is gone and left none.</summary>
    /// <returns>
    /// What was appended, or could not be for lack of room. Null when nothing is missing: the process lives, or nobody can tell
    /// now, or it did end its log.
    /// </returns>
    public static AgentFailed? CloseIfDead(AgentWorld world, JobFolder job)
    {
        using var guard = JobFolder.TryGuard(world.Roots);
        return guard is null ? null : CloseIfDeadGuarded(job);
    }

    /// <inheritdoc cref="CloseIfDead"/>
    public static AgentFailed? CloseIfDeadGuarded(JobFolder job)
    {
        using var held = job.TryTake();
        if (held is null) return null;
        var steps = new List<AgentEvent>();
        var (reader, last) = JobLogReader.ReadAll(job.Events, each => { if (each is AgentStep or AgentStarted) steps.Add(each); });
        using (reader)
        {
            if (last is { IsTerminal: true }) return null;
            var failed = new AgentFailed
            {
                Index = reader.Lines + 1,
                ElapsedMs = last?.ElapsedMs ?? 0,
                Code = AgentFailureCodes.Internal,
                Message = $"The process of job {job.Id} ended without a last word; it was killed, or the machine ran out of memory",
                DiskState = DiskStateAfter(steps),
            };
            Append(job, reader.Bytes, failed);
            return failed;
        }
    }

    /// <summary>
    /// What is true of the disk when a process died after these steps began. Each step is in the log before its first change, so
    /// what did not begin was not done. Pure.
    /// </summary>
    public static string DiskStateAfter(IReadOnlyList<AgentEvent> steps)
    {
        var begun = steps.OfType<AgentStep>().Select(step => step.Step).ToHashSet();
        return steps.OfType<AgentStarted>().FirstOrDefault()?.Command switch
        {
            "neutralise" => begun.Contains(AgentSteps.Write) ? DiskStates.PartlyChanged : DiskStates.Untouched,
            "write" when begun.Contains(AgentSteps.Commit) => DiskStates.Unknown,
            // The wiping was proven before this step began, and nothing goes to the first MiB before the commit.
            "write" when begun.Contains(AgentSteps.Write) => DiskStates.WithoutTable,
            "write" when begun.Contains(AgentSteps.Wipe) => DiskStates.Unknown,
            _ => DiskStates.Untouched,
        };
    }

    private static void Append(JobFolder job, long whole, AgentFailed failed)
    {
        try
        {
            using var log = new FileStream(job.Events, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                BufferSize = 0,
            });
            // What the process was writing when it died is no line.
            log.SetLength(whole);
            log.Position = whole;
            log.Write(Encoding.UTF8.GetBytes(ProtocolJson.ToLine(failed) + "\n"));
        }
        catch (IOException)
        {
            // No room is what it may have died of. Whoever asks is told the same again.
        }
    }
}
