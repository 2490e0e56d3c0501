using System.Text;
using Kronform.Provision.Agent.Inventory.Tables;

namespace Kronform.Provision.Agent.Neutralising;

/// <summary>
/// Gives the partitions of an old Talos names that Talos does not look for. It finds META, STATE and EPHEMERAL by nothing but
/// the name in the table, on any disk (Talos: internal/app/machined/pkg/controllers/block); BOOT goes with them, so that no loader
/// takes the old one for its own.
/// </summary>
internal static class TalosNames
{
    public static readonly IReadOnlyList<string> All = ["META", "STATE", "EPHEMERAL", "BOOT"];

    private const string Prefix = "old-";

    /// <summary>Where in an entry the name stands: 36 UTF-16 code units, unused ones zero (UEFI specification, GPT entry).</summary>
    private const int NameOffset = 56;

    private const int NameBytes = 72;

    /// <returns>The entries with the new names, and what was renamed: <c>partition 4 META to old-META</c>. Empty when nothing has to be.</returns>
    public static (byte[] Entries, IReadOnlyList<string> Renamed) Rename(GptCopy copy)
    {
        var entries = copy.Entries.ToArray();
        var renamed = new List<string>();
        for (var index = 0; index < entries.Length / copy.EntryBytes; index++)
        {
            var raw = entries.AsSpan(index * copy.EntryBytes, copy.EntryBytes);
            if (GptEntry.Parse(raw, index + 1, 512) is not { Name: { } name } || !All.Contains(name)) continue;
            var place = raw.Slice(NameOffset, NameBytes);
            place.Clear();
            Encoding.Unicode.GetBytes(Prefix + name, place);
            renamed.Add($"partition {index + 1} {name} to {Prefix}{name}");
        }
        return (entries, renamed);
    }
}
