namespace Kronform.Provision.Disks.Inventories;

/// <summary>What lsblk did not tell of these disks, and what was taken for it.</summary>
internal static class LsblkGuesses
{
    private static readonly (string Column, string Guess)[] Columns =
    [
        ("serial", "serial numbers were not saved (SERIAL): a selector by serial finds nothing"),
        ("wwn", "WWNs were not saved (WWN): a selector by wwid finds nothing"),
        ("model", "models were not saved (MODEL): a selector by model finds nothing"),
        ("rota", "it was not saved which disks rotate (ROTA): all were taken for solid state"),
        ("ro", "it was not saved which disks are read-only (RO): none was taken for it"),
        ("rm", "it was not saved which disks are removable (RM): none was taken for it"),
        ("log-sec", "sector sizes were not saved (LOG-SEC): 512 bytes were assumed"),
    ];

    public static IReadOnlyList<string> Of(IReadOnlyList<LsblkRow> disks, IReadOnlySet<string> columns, bool told)
    {
        var guesses = new List<string>
        {
            told ? "lsblk shows one mark of each device and not where it lies: others may hide below it"
                : "what is on the disks was not saved (FSTYPE, PTTYPE): every disk was taken for one that holds data",
        };
        guesses.AddRange(Columns.Where(c => !columns.Contains(c.Column)).Select(c => c.Guess));
        if (!columns.Contains("mountpoint") && !columns.Contains("mountpoints"))
            guesses.Add("mount points were not saved (MOUNTPOINTS): no disk was taken for a mounted one");
        if (told && !columns.Contains("pttype"))
            guesses.Add("partition tables were not saved (PTTYPE): a table without partitions does not show");
        if (!columns.Contains("partlabel"))
            guesses.Add("partition names were not saved (PARTLABEL): an old Talos on another disk does not show");
        if (!columns.Contains("parttype"))
            guesses.Add("partition types were not saved (PARTTYPE): an EFI system partition does not show");
        var named = disks.Where(d => d.Text("tran") is null && LsblkDisks.TransportOfName(d.Name) is not null).ToList();
        if (named.Count > 0) guesses.Add($"the transport of {Names(named)} was taken from the name");
        var untold = disks.Where(d => d.Text("tran") is null && LsblkDisks.TransportOfName(d.Name) is null).ToList();
        if (untold.Count > 0) guesses.Add($"the transport of {Names(untold)} is not known");
        guesses.Add("bus path, modalias, uuid, links, boot code and health are never in lsblk's output");
        return guesses;
    }

    private static string Names(IEnumerable<LsblkRow> disks) => string.Join(", ", disks.Select(d => d.Name));
}
