using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Neutralising;

/// <summary>Which bytes of a disk have to change so that it cannot take over another disk's node. Pure.</summary>
internal static class NeutralisePlan
{
    /// <param name="read">Reads the disk.</param>
    /// <param name="diskBytes">Its size.</param>
    /// <param name="sectorBytes">Its logical sectors, the unit of every change.</param>
    /// <param name="marks">What lies on the whole disk; see <see cref="BootCode.IsThere"/>.</param>
    /// <returns>
    /// In the order of writing. Backup tables come before the primary one, so that at any moment one of two is whole; a disk that
    /// has only one is made whole again by doing the same changes once more. Empty when there is nothing to take away.
    /// </returns>
    public static IReadOnlyList<ByteChange> Of(ByteReader read, long diskBytes, int sectorBytes, IReadOnlyList<Signature> marks)
    {
        var edits = new SectorEdits(read, sectorBytes);
        foreach (var copy in GptCopy.FindAll(read, diskBytes))
        {
            var (entries, renamed) = TalosNames.Rename(copy);
            if (renamed.Count == 0) continue;
            edits.NextStep();
            var table = copy.Primary ? "primary" : "backup";
            edits.Put(copy.EntriesOffset, entries, $"rename {string.Join(", ", renamed)} in the {table} table");
            edits.Put(copy.HeaderOffset, copy.HeaderFor(entries), $"correct the checksums of the {table} table");
        }

        if (BootCode.IsThere(read, diskBytes, sectorBytes, marks))
        {
            edits.NextStep();
            edits.Put(0, new byte[BootCode.Bytes], "clear the boot code in the first sector");
        }
        return edits.Changes();
    }
}
