using System.Text.RegularExpressions;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;

namespace Kronform.Provision.Disks;

/// <summary>
/// <c>machine.install.disk</c>: a link below <c>/dev/disk/by-id</c> identifies a disk, a kernel name does not, because sda of the
/// rescue system may be sdc of Talos (seen on a Hetzner server whose node then came up from another disk).
/// </summary>
internal static partial class InstallDisk
{
    private const string Field = "machine.install.disk";
    internal const string ById = "/dev/disk/by-id/";

    /// <summary>The condition of a by-id link; null for a kernel name (see <see cref="IsKernelName"/>), <c>none</c>, or a fault.</summary>
    public static DiskPredicate? Read(ConfigText disk, ProblemList problems)
    {
        if (disk.Value == "none" || IsKernelName(disk.Value)) return null;
        if (disk.Value.StartsWith(ById, StringComparison.Ordinal))
        {
            var link = disk.Value[ById.Length..];
            if (!Partition().IsMatch(link)) return ByIdLink(link, $"install.disk: {disk.Value}");
            problems.Add(disk, Field, $"{disk.Value} names a partition", "name the whole disk");
            return null;
        }

        problems.Add(disk, Field,
            disk.Value.StartsWith("/dev/disk/", StringComparison.Ordinal) ? $"{disk.Value} names a place or a content, not a disk" : $"\"{disk.Value}\" is not a device",
            "write a link below /dev/disk/by-id, or machine.install.diskSelector with serial");
        return null;
    }

    /// <summary><c>/dev/sda</c>, <c>/dev/nvme0n1</c> and the like.</summary>
    public static bool IsKernelName(string disk) => KernelName().IsMatch(disk);

    /// <summary>
    /// True for the links udev made here. Talos's and the rescue system's udev do not make the same links (only wwn-* was equal in
    /// both, seen on an i7-6700 server), so the identity inside the link's name counts as well.
    /// </summary>
    public static DiskPredicate ByIdLink(string link, string text) =>
        new(text, d => d.Device.ByIdLinks.Contains(link) || NamesIdentity(link, d), d => d.Device.ByIdLinks.Count == 0
            ? "none of its identities is in that link" : $"its links are {string.Join(", ", d.Device.ByIdLinks)}");

    private static bool NamesIdentity(string link, TalosDisk disk)
    {
        if (disk.Wwid.Length > 0)
        {
            if (link.StartsWith("wwn-", StringComparison.Ordinal) && TalosDisk.SameWwid(link[4..], disk.Wwid)) return true;
            if (link == "nvme-" + disk.Wwid) return true;
        }

        if (disk.Serial.Length == 0 || disk.Model.Length == 0) return false;
        // ata-MODEL_SERIAL, nvme-MODEL_SERIAL and, from newer systemd, nvme-MODEL_SERIAL_1 (the namespace).
        var match = ModelAndSerial().Match(link);
        if (!match.Success) return false;
        var rest = match.Groups["rest"].Value;
        var serial = UdevText(disk.Serial);
        return UdevText(disk.Model) is var model && rest.StartsWith(model, StringComparison.Ordinal)
            && (rest.EndsWith("_" + serial, StringComparison.Ordinal)
                || (match.Groups["bus"].Value == "nvme" && Namespace().IsMatch(rest) && Namespace().Replace(rest, "").EndsWith("_" + serial, StringComparison.Ordinal)));
    }

    private static string UdevText(string value) => value.Trim().Replace(' ', '_');

    [GeneratedRegex(@"^/dev/(sd[a-z]+|nvme[0-9]+n[0-9]+|vd[a-z]+|xvd[a-z]+|hd[a-z]+|mmcblk[0-9]+)\z")]
    private static partial Regex KernelName();

    [GeneratedRegex(@"-part[0-9]+\z")]
    private static partial Regex Partition();

    [GeneratedRegex(@"^(?<bus>ata|nvme|scsi|virtio)-(?<rest>.+)\z")]
    private static partial Regex ModelAndSerial();

    [GeneratedRegex(@"_[0-9]+\z")]
    private static partial Regex Namespace();
}
