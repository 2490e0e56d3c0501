namespace Kronform.Provision.Runs.Looking;

/// <summary>One line a node, in columns as wide as their widest word; the sentence last.</summary>
public static class StandingText
{
    public static IEnumerable<string> Lines(IReadOnlyList<NodeStanding> nodes)
    {
        string[][] rows = [["NODE", "ROLE", "WHAT", "TALOS", "STAGE", "ETCD", ""], .. nodes.Select(Row)];
        int[] widths = [.. Enumerable.Range(0, 6).Select(column => rows.Max(r => r[column].Length))];
        return rows.Select(r => (string.Join("  ", r.Take(6).Select((cell, i) => cell.PadRight(widths[i]))) + "  " + r[6]).TrimEnd());
    }

    private static string[] Row(NodeStanding n) =>
    [
        n.Node, n.Role, n.What, n.TalosVersion ?? "-", n.Stage ?? "-", n.Etcd ?? "-",
        (n.Healthy == true ? "healthy: " : n.Healthy == false ? "waiting: " : "") + n.Evidence + (n.Disks is null ? "" : $"; disks: {n.Disks}"),
    ];
}
