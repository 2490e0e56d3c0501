using Kronform.Provision.Protocol;

namespace Kronform.Provision.Provisioner.Tests.Disks.RandomMachines;

/// <summary>Makes machines of 1 to 24 disks: mostly the servers one can rent, with every oddity seen there now and then.</summary>
internal static class RandomMachine
{
    private static readonly long[] Sizes = [512110190592, 512110190592, 500107862016, 1000204886016, 1920383410176, 3840755982336, 4000787030016, 4000787030016, 16000900661248, 1000000000];

    /// <summary>The udev spelling, and what is left of it in the 16 characters that SCSI and SATA have for a model.</summary>
    private static readonly (string Udev, string Scsi, string Nvme)[] Models =
    [
        ("SAMSUNG_MZVL2512HCJQ-00B00", "SAMSUNG MZVL2512", "SAMSUNG MZVL2512HCJQ-00B00"),
        ("ST4000NM0024-1HT178", "ST4000NM0024-1HT", "ST4000NM0024-1HT178"),
        ("Micron_7450_MTFDKBA", "Micron 7450 MTFD", "Micron 7450 MTFDKBA"),
        ("KXG60ZNV", "KXG60ZNV", "KXG60ZNV"),
    ];

    public static List<TrueDisk> Make(Random random)
    {
        var count = random.Next(3) == 0 ? random.Next(1, 25) : random.Next(1, 7);
        var disks = new List<TrueDisk>();
        for (var slot = 0; slot < count; slot++)
        {
            // An identical pair differs in serial and WWN only. Some controllers and bridges give one serial to several disks, or
            // nothing at all that differs.
            var twin = disks.Count > 0 && random.Next(3) == 0 ? disks[random.Next(disks.Count)] : null;
            disks.Add(One(random, slot, twin, hasTwinsSerial: twin is not null && random.Next(12) == 0, hasTwinsWwn: twin is not null && random.Next(12) == 0));
        }

        return disks;
    }

    private static TrueDisk One(Random random, int slot, TrueDisk? twin, bool hasTwinsSerial, bool hasTwinsWwn)
    {
        var medium = twin?.Medium ?? RandomMedium(random);
        var size = twin?.Size ?? (random.Next(60) == 0 ? 0 : Sizes[random.Next(Sizes.Length)]);
        var model = Models[random.Next(Models.Length)];
        if (twin is not null) model = Models.First(m => m.Udev == twin.LinkModel);
        var serial = hasTwinsSerial ? twin!.Serial : random.Next(25) == 0 ? null : $"S{slot:00}{random.Next(1000, 10000)}X";
        var wwn = hasTwinsWwn ? twin!.Device.Wwn : random.Next(8) == 0 ? null : medium == Medium.Nvme ? $"eui.00253800{slot:x2}{random.Next(4096):x3}" : $"0x5000C500{slot:x2}{random.Next(4096):x3}";
        var hidden = medium == Medium.Virtio && random.Next(2) == 0;
        var isVirtual = random.Next(80) == 0;
        var content = size == 0 ? Contents.Empty : Pick(random, random.Next(3) == 0 ? Contents.Data : Contents.Harmless);
        var path = hidden ? $"/x/{slot}" : $"/pci0000:00/0000:00:{slot:x2}.0/{(medium == Medium.Nvme ? "nvme/nvme0" : "ata1/host0")}";
        var transport = Transport(medium);
        var truth = new TrueDisk
        {
            Slot = slot,
            Medium = medium,
            Size = size,
            TalosModel = isVirtual ? "QEMU HARDDISK" : medium is Medium.Nvme or Medium.Virtio or Medium.Card ? model.Nvme : model.Scsi,
            LinkModel = model.Udev,
            Serial = serial,
            TalosWwid = wwn is null ? "" : wwn.StartsWith("0x", StringComparison.Ordinal) ? "naa." + wwn[2..].ToLowerInvariant() : wwn,
            BusPath = path,
            TransportHidden = hidden,
            Content = content,
            Mounted = random.Next(25) == 0,
            ReadOnly = random.Next(40) == 0,
            Removable = random.Next(40) == 0,
            Virtual = isVirtual,
            BigSectors = random.Next(40) == 0,
            Failing = random.Next(40) == 0,
            Device = null!,
        };
        return truth with { Device = content.Put(Blank(random, truth, wwn, hidden ? null : transport), random) };
    }

    private static BlockDevice Blank(Random random, TrueDisk disk, string? wwn, string? transport) => new()
    {
        Name = disk.Medium switch
        {
            Medium.Nvme => $"nvme{disk.Slot}n1",
            Medium.Virtio => $"vd{(char)('a' + disk.Slot)}",
            Medium.Card => $"mmcblk{disk.Slot}",
            _ => $"sd{(char)('a' + disk.Slot)}",
        },
        SizeBytes = disk.Size,
        LogicalSectorBytes = disk.BigSectors ? 4096 : 512,
        PhysicalSectorBytes = 4096,
        Model = disk.Virtual ? random.Next(2) == 0 ? "QEMU_HARDDISK" : "QEMU HARDDISK" : random.Next(2) == 0 ? disk.LinkModel : disk.TalosModel,
        Vendor = disk.Medium == Medium.Nvme ? null : "ATA",
        Serial = disk.Serial,
        Wwn = wwn,
        // lsblk of old rescue systems leaves it out for NVMe; the path still tells.
        Transport = disk.Medium is Medium.Nvme && random.Next(4) == 0 ? null : transport,
        Rotational = disk.Rotational,
        Removable = disk.Removable,
        ReadOnly = disk.ReadOnly,
        BusPath = disk.BusPath,
        ByIdLinks = random.Next(2) == 0 ? [] : [.. RandomWish.LinksOf(disk, wwn)],
        Mounts = disk.Mounted ? [random.Next(2) == 0 ? "/mnt" : "[SWAP]"] : [],
        Smart = disk.Failing ? new SmartHealth(false, "critical warning 0x04") : random.Next(2) == 0 ? new SmartHealth(true) : null,
    };

    private static Medium RandomMedium(Random random) => random.Next(24) switch
    {
        < 8 => Medium.Nvme,
        < 12 => Medium.SataSsd,
        < 19 => Medium.SataHdd,
        < 21 => Medium.SasHdd,
        21 => Medium.Usb,
        22 => Medium.Virtio,
        _ => Medium.Card,
    };

    private static string Transport(Medium medium) => medium switch
    {
        Medium.Nvme => "nvme",
        Medium.SasHdd => "sas",
        Medium.Usb => "usb",
        Medium.Virtio => "virtio",
        Medium.Card => "mmc",
        _ => "sata",
    };

    private static Content Pick(Random random, IReadOnlyList<Content> contents) => contents[random.Next(contents.Count)];
}
