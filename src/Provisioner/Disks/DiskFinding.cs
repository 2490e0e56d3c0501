using System.Text.Json.Serialization;

namespace Kronform.Provision.Disks;

public enum FindingKind
{
    /// <summary>Somebody's data. The only kind that <c>--allow-data-loss</c> gives up, for one disk in one run.</summary>
    [JsonStringEnumMemberName("data")]
    Data,

    /// <summary>The rescue system itself uses the disk: mounted, swapped on, or under an array.</summary>
    [JsonStringEnumMemberName("use")]
    Use,

    /// <summary>The disk as such: cannot be written, told apart, or booted from.</summary>
    [JsonStringEnumMemberName("disk")]
    Disk,
}

/// <summary>A reason not to write to a disk.</summary>
/// <param name="Code">Stable name, e.g. <c>data.ceph</c>.</param>
/// <param name="Evidence">What was found and where, as a sentence's middle: "a Ceph BlueStore OSD at byte 0".</param>
public sealed record DiskFinding(string Code, FindingKind Kind, string Evidence)
{
    public override string ToString() => $"{Code}: {Evidence}";
}
