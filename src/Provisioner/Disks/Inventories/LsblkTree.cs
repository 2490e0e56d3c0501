namespace Kronform.Provision.Disks.Inventories;

/// <summary>Pairs, and JSON with <c>-l</c>, list partitions and arrays beside their disks. Left so, a disk full of partitions would look empty.</summary>
internal static class LsblkTree
{
    /// <param name="rows">As they were read.</param>
    /// <param name="isList">The form has no tree, so whatever lies on a disk stands beside it.</param>
    /// <returns>The devices that lie on no other, with all others below them.</returns>
    /// <exception cref="FormatException">An array or volume is listed without what it lies on.</exception>
    public static IReadOnlyList<LsblkRow> Of(IReadOnlyList<LsblkRow> rows, bool isList)
    {
        isList |= rows.Any(r => r.Type == "part");
        var top = new List<LsblkRow>();
        foreach (var row in rows)
        {
            var parents = ParentsOf(row, rows, isList);
            if (parents.Count == 0) top.Add(row);
            foreach (var parent in parents)
            {
                // An array above two disks is printed once below each of them.
                if (parent.Children.All(c => c.Name != row.Name)) parent.Children.Add(row);
            }
        }

        return top;
    }

    private static List<LsblkRow> ParentsOf(LsblkRow row, IReadOnlyList<LsblkRow> rows, bool isList)
    {
        if (row.Text("pkname") is { } parent)
            return [.. rows.Where(r => r.Name == parent && !ReferenceEquals(r, row) && !r.Children.Contains(row))];
        if (!isList || row.Type is null or "disk" or "loop" or "rom") return [];
        if (row.Type == "part")
            return [.. rows.Where(r => r.Type != "part" && r.Name.Length < row.Name.Length && row.Name.StartsWith(r.Name, StringComparison.Ordinal)).OrderByDescending(r => r.Name.Length).Take(1)];
        throw new FormatException($"{row.Place}: {row.Name} ({row.Type}) is listed without the disk it lies on (column PKNAME); save lsblk -J -b -O");
    }
}
