using System.Globalization;
using System.Net;

namespace Kronform.Provision.VirtualRack.Description;

/// <summary>The machines of one rack, as written in racks/*.yaml and validated by <see cref="RackYaml"/>.</summary>
public sealed record RackDescription(string Name, IReadOnlyList<NodeDescription> Nodes)
{
    public NodeDescription Node(string name) =>
        Nodes.FirstOrDefault(n => n.Name == name) ?? throw new RackDescriptionException($"rack {Name} has no node {name}");

    /// <summary>The same rack with every machine of one firmware.</summary>
    public RackDescription With(Firmware firmware) => this with { Nodes = [.. Nodes.Select(n => n with { Firmware = firmware })] };
}

/// <param name="Server">The server's number in Robot.</param>
/// <param name="Address">In 10.77.0.0/24; its last byte also ends the MAC address and the fallback's loopback address.</param>
/// <param name="ShuffleEachBoot">Device letters change places at every boot.</param>
/// <param name="PoweredOn">Whether the machine starts with the rack; a fresh server has been left running by whoever had it last.</param>
public sealed record NodeDescription(
    string Name,
    int Server,
    IPAddress Address,
    Firmware Firmware,
    int MemoryMiB,
    bool ShuffleEachBoot,
    bool PoweredOn,
    Quirks Quirks,
    IReadOnlyList<DiskDescription> Disks)
{
    /// <summary>Its machine config is a worker's.</summary>
    public bool Worker { get; init; }

    public string Mac => string.Create(CultureInfo.InvariantCulture, $"52:54:00:77:00:{Address.GetAddressBytes()[3]:x2}");

    /// <summary>Where the node answers when it hangs on the user-mode network: hosts there cannot have addresses of their own.</summary>
    public IPAddress LoopbackAddress => new([127, 77, 0, Address.GetAddressBytes()[3]]);
}

/// <param name="Name">Names the disk in the rack's own reports; the machine never sees it.</param>
/// <param name="Wwn">Without 0x; SATA only, as QEMU's NVMe names itself and virtio has none.</param>
/// <param name="Model">SATA only; NVMe disks of QEMU are always "QEMU NVMe Ctrl".</param>
/// <param name="FillFrom">Folder whose content goes into the file system of the filling, if it has one.</param>
/// <param name="PhysicalSectorSize">What the disk says it stores in; larger than <paramref name="SectorSize"/> on 512e disks.</param>
/// <param name="Faults">Places that do not read or write.</param>
/// <param name="RecordWrites">Keep every write and flush of each boot; read by <see cref="Disks.WriteRecord"/>.</param>
public sealed record DiskDescription(
    string Name,
    DiskBus Bus,
    long SizeBytes,
    string Serial,
    string? Wwn,
    string? Model,
    bool Rotational,
    int SectorSize,
    DiskRole Role,
    DiskFill Fill,
    string? FillFrom)
{
    public int PhysicalSectorSize { get; init; } = SectorSize;

    public IReadOnlyList<DiskFault> Faults { get; init; } = [];

    public bool RecordWrites { get; init; }
}

/// <summary>
/// A sector that answers this kind of access with an input/output error, always. A write fault is met by written data alone: the commands with
/// which a kernel has a disk make zeros itself are not writes, so a fault in the first MiB of an NVMe is met when the table goes there.
/// </summary>
/// <param name="AtBytes">Any byte of the sector.</param>
public sealed record DiskFault(DiskAccess On, long AtBytes);

public enum DiskAccess
{
    Read,
    Write,
}

public enum Firmware
{
    /// <summary>SeaBIOS; the rescue's kernel is entered directly, as if by PXE.</summary>
    Bios,

    /// <summary>OVMF with variables of its own for the life of the rack; the rescue's kernel is loaded through it.</summary>
    Uefi,
}

public enum DiskBus
{
    Nvme,
    Sata,
    Virtio,
}

/// <summary>What the rack's owner means the disk for; tests compare the digests of all that are not System.</summary>
public enum DiskRole
{
    System,
    Data,
}

/// <summary>What lies on a disk before the machine's first boot.</summary>
public enum DiskFill
{
    None,

    /// <summary>BlueStore labels where Ceph puts them, and data between.</summary>
    Ceph,

    /// <summary>A real ext4 over the whole disk, with a file in it.</summary>
    Ext4,

    /// <summary>Blocks of noise spread over the disk, without any signature.</summary>
    Random,

    /// <summary>The partition table of an older Talos with META and a STATE that has a file system.</summary>
    TalosStale,
}

/// <summary>Misfortunes a machine has or is given by the control socket; each as seen on real servers.</summary>
/// <param name="IgnoreResets">So many of the next hardware resets do nothing.</param>
/// <param name="NeverBootRescue">An armed rescue is taken, but then nothing comes up.</param>
/// <param name="BootDiskAlthoughArmed">The firmware has the disk before the network: an armed rescue is never asked for.</param>
/// <param name="IgnoreCtrlAltDel">Nobody listens to the keyboard.</param>
/// <param name="LinkDown">The network cable is out after each boot, until plugged in.</param>
/// <param name="BootDelaySeconds">Time the firmware takes before it chooses what to boot.</param>
public sealed record Quirks(
    int IgnoreResets = 0,
    bool NeverBootRescue = false,
    bool BootDiskAlthoughArmed = false,
    bool IgnoreCtrlAltDel = false,
    bool LinkDown = false,
    double BootDelaySeconds = 0,
    bool ReportOtherHostKeys = false);
