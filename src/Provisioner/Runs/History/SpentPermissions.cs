namespace Kronform.Provision.Runs.History;

/// <summary>
/// Permissions to lose a disk's data that did their work: the run wrote that disk to its end. Given again by going on with it, perhaps
/// weeks later, they would let it wipe what was installed since without a guard.
/// </summary>
public static class SpentPermissions
{
    /// <summary>Serials that the newest attempt was given. A write that was only begun has not used its permission up.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<JournalEntry> entries)
    {
        var written = entries.OfType<WriteDone>().Select(e => e.Disk.Serial).ToHashSet();
        return [.. (entries.OfType<AttemptStarted>().LastOrDefault()?.AllowDataLoss ?? []).Where(written.Contains).Distinct()];
    }

    /// <summary>What to tell an operator who goes on with the run.</summary>
    public static IReadOnlyList<string> Notes(string node, IReadOnlyList<JournalEntry> entries) =>
        [.. Of(entries).Select(s => $"--allow-data-loss {s} is not given again: this run has written that disk to its end. If what is on it now may be lost, too: provision {node} --allow-data-loss {s}")];
}
