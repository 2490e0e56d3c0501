using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Disks;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Provisioner.Tests.Disks;

internal static class Samples
{
    public static BlockDevice Nvme(string serial, string name = "nvme0n1", long size = 512110190592) => new()
    {
        Name = name,
        SizeBytes = size,
        LogicalSectorBytes = 512,
        PhysicalSectorBytes = 512,
        Model = "SAMSUNG MZVL2512HCJQ-00B00",
        Serial = serial,
        Wwn = "eui.00253800" + serial,
        Transport = "nvme",
        ByIdLinks = [$"nvme-SAMSUNG_MZVL2512HCJQ-00B00_{serial}", "nvme-eui.00253800" + serial],
    };

    public static BlockDevice Hdd(string serial, string name = "sda", long size = 4000787030016) => new()
    {
        Name = name,
        SizeBytes = size,
        LogicalSectorBytes = 512,
        PhysicalSectorBytes = 4096,
        Model = "ST4000NM0024-1HT",
        Vendor = "ATA",
        Serial = serial,
        Wwn = "0x5000c500" + serial.ToLowerInvariant(),
        Transport = "sata",
        Rotational = true,
    };

    public static BlockDevice Osd(string serial, string name = "sda") =>
        Hdd(serial, name) with { Signatures = [new Signature("ceph_bluestore", 0)] };

    public static Partition Part(int number, string? label, params string[] kinds) => new()
    {
        Number = number,
        OffsetBytes = number * 1048576L,
        SizeBytes = 104857600,
        Label = label,
        Type = label == "EFI" ? "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" : "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
        Signatures = [.. kinds.Select(k => new Signature(k, number * 1048576L))],
    };

    /// <summary>What a written image looks like before its first boot.</summary>
    public static readonly IReadOnlyList<Partition> FreshTalos = [Part(1, "EFI", "vfat"), Part(2, "BIOS"), Part(3, "BOOT", "xfs"), Part(4, "META", "talosmeta")];

    public static DiskCriteria Selector(string version, params (string Field, string Value)[] fields)
    {
        var problems = new ProblemList("n4.yaml", FailureCode.MachineConfigInvalid);
        var predicates = DiskSelector.Read(fields.ToDictionary(f => f.Field, f => new ConfigText(f.Value, 13, 7)), TalosVersion.TryParse(version)!, problems);
        return problems.Any
            ? throw new ConfigProblemsException("Reading the selector", problems.InFileOrder())
            : new DiskCriteria { Source = "n4.yaml:13 machine.install.diskSelector", Predicates = predicates };
    }

    public static DiskPlan Choose(DiskCriteria criteria, params BlockDevice[] disks) => DiskSelection.Choose(disks, criteria, null, []);

    public static HostInventory Host(params BlockDevice[] disks) => new()
    {
        Rescue = new RescueEvidence { Hostname = "rescue", RootFileSystem = "tmpfs", HetznerBuildFile = true },
        BootId = "0d5cbf6e-beb6-8980-8320-90365c5ba4bc",
        Firmware = "uefi",
        MacAddresses = ["52:54:00:12:34:56"],
        Disks = disks,
    };

    public static DiskInventory Probed(params BlockDevice[] disks) => DiskInventory.FromRescue(Host(disks));
}
