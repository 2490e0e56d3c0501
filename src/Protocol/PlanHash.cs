namespace Kronform.Provision.Protocol;

/// <summary>
/// Names one decision: this node, this disk, these contents of all disks, this image. Anything else is another plan. The agent
/// computes it again, from the disks, in the process that writes.
/// </summary>
public static class PlanHash
{
    /// <param name="node">The node's name.</param>
    /// <param name="chosen">The disk to write to.</param>
    /// <param name="all">Every disk of the machine; those without a medium (empty card readers) do not count.</param>
    /// <param name="imageSha256">Of the image file.</param>
    /// <returns>SHA-256, lower-case hex; the same in any order and under any kernel names.</returns>
    public static string Compute(string node, DiskIdentity chosen, IEnumerable<BlockDevice> all, string imageSha256)
    {
        var facts = new FactHash();
        facts.Add("node", node);
        facts.Add("serial", chosen.Serial);
        facts.Add("wwn", chosen.Wwn);
        facts.Add("size", chosen.SizeBytes);
        facts.AddAll("disk", all.Where(d => d.SizeBytes > 0).Select(DiskState.Hash));
        facts.Add("image", imageSha256);
        return facts.Sha256();
    }
}
