using System.ComponentModel;
using System.Diagnostics;
using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Runs.History;

/// <param name="Entries">As they were written.</param>
public sealed record JournalledRun(RunSummary Summary, string Path, IReadOnlyList<JournalEntry> Entries);

/// <summary>The runs whose journals lie in a state folder. Reads only, also while runs are under way.</summary>
public sealed class RunHistory(StateFolder state)
{
    /// <summary>Runs of one node, oldest first.</summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.RunJournal"/> when a journal is damaged.</exception>
    public IEnumerable<JournalledRun> Of(string node)
    {
        foreach (string path in state.JournalsOf(node))
        {
            var entries = JournalFile.Read(path);
            // A process that died before its first entry left a name without a run.
            if (entries.Count > 0) yield return new JournalledRun(RunSummary.Of(node, Path.GetFileNameWithoutExtension(path), entries, IsAtWork), path, entries);
        }
    }

    /// <summary>A run by its id, or a node's newest.</summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.Usage"/> when there is none.</exception>
    public JournalledRun Find(ClusterSpec cluster, string name)
    {
        if (cluster.Nodes.FirstOrDefault(n => n.Name == name) is { } node)
            return Of(node.Name).LastOrDefault() ?? throw new ProvisionException(FailureCode.Usage, $"There is no run of {name} in {state.Root}", "Runs leave their journals on the machine they are started from; name another state folder with --state.");
        return cluster.Nodes.SelectMany(n => Of(n.Name)).FirstOrDefault(r => r.Summary.Id == name)
            ?? throw new ProvisionException(FailureCode.Usage, $"\"{name}\" is neither a node of provision.yaml nor a run in {state.Root}", "provision runs list shows the runs and their names.");
    }

    /// <summary>
    /// What the newest attempt of a run was told about disks, without <see cref="SpentPermissions"/>. Only that: whether something may
    /// be reset is said anew each time.
    /// </summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.RunJournal"/> when the journal holds what no plan hash is.</exception>
    public static RunOptions OptionsOf(JournalledRun run)
    {
        if (run.Entries.OfType<AttemptStarted>().LastOrDefault() is not { } attempt) return new RunOptions();
        var allowed = (attempt.AllowDataLoss ?? []).Except(SpentPermissions.Of(run.Entries)).ToArray();
        return new RunOptions { AllowDataLoss = allowed, Neutralise = attempt.Neutralise ?? [], Plan = attempt.Plan is { } plan ? ApprovedPlan.Parse(plan) : null };
    }

    /// <summary>The number alone proves nothing: another process may have it by now, but not one that began before the attempt did.</summary>
    private static bool IsAtWork(AttemptStarted attempt)
    {
        try
        {
            using var process = Process.GetProcessById(attempt.ProcessId);
            return process.StartTime.ToUniversalTime() <= attempt.At.UtcDateTime + TimeSpan.FromSeconds(2);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }
}
