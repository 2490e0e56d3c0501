using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>Orders disks by what survives a reboot; the name decides only between disks that cannot be told apart otherwise.</summary>
internal static class ByIdentity
{
    public static Comparer<BlockDevice> Order { get; } = Comparer<BlockDevice>.Create((left, right) =>
    {
        var bySerial = string.CompareOrdinal(left.Serial, right.Serial);
        if (bySerial != 0) return bySerial;
        var byWwn = string.CompareOrdinal(left.Wwn, right.Wwn);
        if (byWwn != 0) return byWwn;
        var bySize = left.SizeBytes.CompareTo(right.SizeBytes);
        return bySize != 0 ? bySize : string.CompareOrdinal(left.Name, right.Name);
    });
}
