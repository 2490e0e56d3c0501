using Kronform.Provision.Protocol;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs;

/// <summary>Whether a disk that Talos shows is the one that the agent wrote.</summary>
public static class WrittenDisk
{
    /// <summary>
    /// Serial and exact size, or WWN and exact size. Rescue and Talos spell a WWN differently: <c>0x5…</c> there is <c>naa.5…</c>
    /// here, <c>eui.</c> and <c>nvme.</c> are the same in both.
    /// </summary>
    public static bool Is(DiskIdentity written, TalosDisk disk)
    {
        if (disk.SizeBytes != written.SizeBytes) return false;
        if (written.Serial is { } serial && disk.Serial.Length > 0) return disk.Serial.Trim() == serial;
        return written.Wwn is { } wwn && disk.Wwid.Length > 0 && Disks.TalosDisk.SameWwid(disk.Wwid, wwn);
    }
}
