using System.Security.Cryptography;
using System.Text;

namespace Kronform.Provision.Protocol;

/// <summary>
/// A short name for everything that was known of a disk when it was chosen. The Provisioner puts it into the order, the
/// agent computes it again in the process that writes: a disk that changed in between is refused.
/// </summary>
public static class DiskState
{
    /// <summary>
    /// SHA-256, lower-case hex, over all that matters and stays the same from boot to boot: identity, size, sectors, flags, health,
    /// tables, partitions, marks, what is stacked on it, mounts. Kernel names (its own, its holders'), links, paths and the order
    /// of lists do not count.
    /// </summary>
    public static string Hash(BlockDevice disk)
    {
        var facts = new FactHash();
        facts.Add("serial", disk.Serial);
        facts.Add("wwn", disk.Wwn);
        facts.Add("size", disk.SizeBytes);
        facts.Add("sectors", $"{disk.LogicalSectorBytes}/{disk.PhysicalSectorBytes}");
        facts.Add("model", disk.Model);
        facts.Add("vendor", disk.Vendor);
        facts.Add("uuid", disk.Uuid);
        facts.Add("modalias", disk.Modalias);
        facts.Add("transport", disk.Transport);
        facts.Add("flags", $"{disk.Rotational} {disk.Removable} {disk.ReadOnly} {disk.BootCode}");
        // Not asked, or not answered in time, is no other state than well: a busy disk must not look like a changed one.
        facts.Add("smart", disk.Smart is { Passed: false } ? "failing" : null);
        facts.AddAll("partition", disk.Partitions.Select(OfPartition));
        facts.AddAll("mark", disk.Signatures.Select(OfMark));
        facts.AddAll("holder", disk.Holders.Select(OfHolder));
        facts.AddAll("mount", disk.Mounts);
        return facts.Sha256();
    }

    private static string OfPartition(Partition partition)
    {
        var facts = new FactHash();
        facts.Add("number", partition.Number);
        facts.Add("place", $"{partition.OffsetBytes}+{partition.SizeBytes}");
        facts.Add("type", partition.Type);
        facts.Add("label", partition.Label);
        facts.Add("partuuid", partition.PartUuid);
        facts.Add("table", partition.Table);
        facts.AddAll("mark", partition.Signatures.Select(OfMark));
        return facts.Sha256();
    }

    private static string OfMark(Signature mark)
    {
        var facts = new FactHash();
        facts.Add("kind", mark.Kind);
        facts.Add("at", mark.OffsetBytes);
        facts.Add("label", mark.Label);
        facts.Add("uuid", mark.Uuid);
        facts.Add("version", mark.Version);
        return facts.Sha256();
    }

    private static string OfHolder(StackedDevice holder)
    {
        var facts = new FactHash();
        facts.Add("kind", holder.Kind);
        facts.Add("title", holder.Title);
        facts.Add("uuid", holder.Uuid);
        return facts.Sha256();
    }
}

/// <summary>Named facts as one digest. Each value goes in with its length, so that none can pass for another field.</summary>
internal sealed class FactHash
{
    private readonly StringBuilder _text = new();

    public void Add(string name, string? value) =>
        _text.Append(name).Append(' ').Append(value is null ? "-" : value.Length.ToString()).Append(' ').Append(value).Append('\n');

    public void Add(string name, long value) => Add(name, value.ToString());

    /// <summary>In an order of its own: lists come in the order of kernel names, which change.</summary>
    public void AddAll(string name, IEnumerable<string> values)
    {
        foreach (var value in values.Order(StringComparer.Ordinal)) Add(name, value);
    }

    public string Sha256() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_text.ToString())));
}
