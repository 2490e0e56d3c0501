namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A data disk that an old Talos was on: its partition names, boot code, and data that nobody may touch.</summary>
internal static class OldTalos
{
    public const int DiskBytes = 16 * TestImage.MiB;

    public static byte[] Disk(int sector = 512, params string[] names)
    {
        if (names.Length == 0) names = ["EFI", "BIOS", "BOOT", "META", "STATE", "EPHEMERAL", "ceph"];
        var disk = new byte[DiskBytes];
        new Random(7).NextBytes(disk.AsSpan(TestImage.MiB, DiskBytes - 2 * TestImage.MiB));
        var lbas = TestImage.MiB / sector;
        TestGpt.Put(disk, sector, [.. names.Select((name, index) => (name, TestImage.LinuxData, (index + 1L) * lbas, (index + 2L) * lbas - 1))]);
        new Random(8).NextBytes(disk.AsSpan(0, 446));
        return disk;
    }

    public static FakeDisk Described(string name = "sdb", string serial = "OLD1", int sector = 512) => new(name, DiskBytes)
    {
        Bus = "pci0000:00/0000:00:17.0/ata7/host6/target6:0:0/6:0:0:0",
        SectorBytes = sector,
        Udev = new() { ["ID_SERIAL_SHORT"] = serial, ["ID_WWN"] = "0x5002538c4000000f" },
    };
}
