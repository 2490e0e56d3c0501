using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory.Stacks;

/// <summary>
/// What a stacked device is, from its folder in sysfs (Documentation/ABI/testing/sysfs-block-dm, Documentation/admin-guide/md.rst).
/// Of arrays the kernel knows no name, and only newer ones show the uuid: mdadm leaves both in udev's record.
/// </summary>
internal static class StackedDeviceDescription
{
    public static StackedDevice Of(HostRoots roots, string folder, string name)
    {
        var udev = UdevRecord.Read(roots, ValueFile.Read(folder, "dev"));
        if (Directory.Exists(Path.Combine(folder, "md")))
            return new StackedDevice(name, ValueFile.Read(folder, "md/level"), ArrayName(udev), ValueFile.Read(folder, "md/uuid") ?? udev["MD_UUID"]);
        if (Directory.Exists(Path.Combine(folder, "dm")))
            return Mapped(name, ValueFile.Read(folder, "dm/name"), ValueFile.Read(folder, "dm/uuid"));
        if (name.StartsWith("bcache", StringComparison.Ordinal))
            return new StackedDevice(name, "bcache", ValueFile.Read(folder, "bcache/label"), ValueFile.Read(folder, "bcache/backing_dev_uuid"));
        if (name.StartsWith("drbd", StringComparison.Ordinal))
            return new StackedDevice(name, "drbd", Below(udev, "drbd/by-res/"));
        return new StackedDevice(name);
    }

    /// <summary>The uuid of a mapped device begins with the name of the software that made it.</summary>
    public static StackedDevice Mapped(string name, string? title, string? uuid)
    {
        if (uuid is null) return new StackedDevice(name, "dm", title);
        if (uuid.StartsWith("LVM-", StringComparison.Ordinal)) return new StackedDevice(name, "lvm", title is null ? null : VolumePath(title), uuid);
        return new StackedDevice(name, uuid.StartsWith("CRYPT-", StringComparison.Ordinal) ? "crypt" : "dm", title, uuid);
    }

    /// <summary>
    /// <c>my--vg-my--lv</c> is <c>my-vg/my-lv</c>: LVM joins the names with one dash and doubles those inside them. A further
    /// single dash begins the name of a hidden layer (<c>vg-lv-real</c>), which stays with the volume.
    /// </summary>
    public static string VolumePath(string mapped)
    {
        for (var at = 0; at < mapped.Length; at++)
        {
            if (mapped[at] != '-') continue;
            if (at + 1 < mapped.Length && mapped[at + 1] == '-')
            {
                at++;
                continue;
            }
            return $"{Single(mapped[..at])}/{Single(mapped[(at + 1)..])}";
        }
        return Single(mapped);
    }

    private static string Single(string name) => name.Replace("--", "-", StringComparison.Ordinal);

    private static string? ArrayName(UdevRecord udev) =>
        udev["MD_NAME"] ?? Below(udev, "disk/by-id/md-name-") ?? Below(udev, "md/");

    private static string? Below(UdevRecord udev, string prefix) =>
        udev.Links.Where(link => link.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).FirstOrDefault()?[prefix.Length..];
}
