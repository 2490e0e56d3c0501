using System.Net;
using System.Text.Json;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Bench.Fleet.World;

/// <summary>The hardware of one node: an empty system disk and four disks with Ceph's data.</summary>
/// <param name="Index">From 1.</param>
internal sealed record FleetMachine(int Index)
{
    private const int FirstServer = 100_000;
    private const long SystemBytes = 512_110_190_592;
    private const long DataBytes = 3_840_755_982_336;
    private const int DataDisks = 4;
    private const int AddressesPerNet = 250;

    public string Name => $"n{Index}";

    public int Server => FirstServer + Index;

    public IPAddress Address { get; } = new([127, 64, (byte)(Index / AddressesPerNet), (byte)(1 + Index % AddressesPerNet)]);

    public string Serial => $"S5GXNX0R{Index:d6}";

    public DiskIdentity SystemDisk => new(Serial, $"eui.0025385b{Index:x8}", SystemBytes);

    public HostInventory Inventory(string bootId) => new()
    {
        Rescue = new RescueEvidence { Hostname = "rescue", RootFileSystem = "rootfs", HetznerBuildFile = true },
        BootId = bootId, Firmware = "uefi", MacAddresses = [$"a8:a1:59:{Index >> 16:x2}:{Index >> 8 & 255:x2}:{Index & 255:x2}"],
        SystemUuid = $"{Index:x8}-5de9-11ec-8000-a8a159000000",
        Disks = [Disk("nvme0n1", SystemDisk, "SAMSUNG MZVL2512HCJQ-00B00", []), .. Enumerable.Range(1, DataDisks).Select(Data)],
    };

    /// <summary>As Talos shows the disks, in the emulator's file format.</summary>
    public byte[] ForTalos() => JsonSerializer.SerializeToUtf8Bytes(Inventory("").Disks.Select(d => new
    {
        name = d.Name, size = d.SizeBytes, serial = d.Serial, wwid = d.Wwn, model = d.Model, transport = d.Transport,
    }));

    private BlockDevice Data(int number) => Disk($"nvme{number}n1", new DiskIdentity($"PHLN{Index:d6}{number}", $"eui.01000000{Index:x6}{number:x2}", DataBytes), "INTEL SSDPE2KX040T8",
        [new Signature("ceph_bluestore", 0, null, $"{number:x8}-0000-4000-8000-{Index:x12}")]);

    private static BlockDevice Disk(string name, DiskIdentity identity, string model, IReadOnlyList<Signature> signatures) => new()
    {
        Name = name, SizeBytes = identity.SizeBytes, Serial = identity.Serial, Wwn = identity.Wwn, Model = model, Transport = "nvme",
        LogicalSectorBytes = 512, PhysicalSectorBytes = 512, BusPath = $"/pci0000:00/0000:00:01.{name[4]}/nvme/{name[..5]}",
        ByIdLinks = [$"nvme-{model.Replace(' ', '_')}_{identity.Serial}", $"nvme-{identity.Wwn}"], Signatures = signatures,
    };
}
