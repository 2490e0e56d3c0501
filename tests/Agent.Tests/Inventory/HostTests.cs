using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Agent.Tests.Inventory;

public sealed class HostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_whole_disks_with_hardware_behind_them_are_listed_in_name_order()
    {
        using var host = new FakeHost();
        foreach (var name in new[] { "sdaa", "sdb", "nvme10n1", "nvme2n1", "sda" })
            host.Add(Named(name));
        foreach (var name in new[] { "loop0", "ram0", "zram0", "sr0", "nbd0", "md127", "dm-0", "fd0", "mmcblk0boot0" })
            host.Add(Named(name));
        host.Add(Named("sdx") with { SizeBytes = 0 });
        host.Add(Named("sdy") with { HasDevice = false });
        host.Add(Named("nvme0c0n1") with { Files = new() { ["hidden"] = "1" } });

        var inventory = await AgentRun.InventoryAsync(host, Token);

        Assert.Equal(["nvme2n1", "nvme10n1", "sda", "sdb", "sdaa"], inventory.Disks.Select(disk => disk.Name));
    }

    [Fact]
    public async Task What_is_stacked_and_mounted_is_found_three_layers_deep()
    {
        using var host = new FakeHost();
        host.Add(Named("nvme0n1") with
        {
            Bus = "pci0000:00/0000:04:00.0/nvme/nvme0",
            Files = new()
            {
                ["nvme0n1p1/partition"] = "1", ["nvme0n1p1/start"] = "2048", ["nvme0n1p1/size"] = "2048", ["nvme0n1p1/dev"] = "259:2",
                ["nvme0n1p1/holders/md127"] = "",
                ["nvme0n1p2/partition"] = "2", ["nvme0n1p2/start"] = "4096", ["nvme0n1p2/size"] = "2048", ["nvme0n1p2/dev"] = "259:3",
            },
        });
        host.Put("sys/class/block/md127/dev", "9:127");
        host.Put("sys/class/block/md127/holders/dm-0", "");
        host.Put("sys/class/block/md127/md127p1/partition", "1");
        host.Put("sys/class/block/md127p1/dev", "259:10");
        host.Put("sys/class/block/dm-0/dev", "253:0");
        host.Put("sys/class/block/dm-0/dm/name", "vg0-root");
        host.Put("proc/self/mountinfo", """
            1 1 0:2 / / rw - rootfs none rw
            2 1 259:10 / /srv/with\040blank rw shared:4 - ext4 /dev/md127p1 rw
            3 1 0:44 /@ /pool rw - btrfs /dev/mapper/vg0-root rw
            4 1 8:99 / /elsewhere rw - ext4 /dev/sdz1 rw

            """);
        host.Put("proc/swaps", "Filename Type Size Used Priority\n/dev/nvme0n1p2 partition 1 0 -2\n");

        var disk = Assert.Single((await AgentRun.InventoryAsync(host, Token)).Disks);

        Assert.Equal(["dm-0", "md127"], disk.Holders.Select(h => h.Name));
        Assert.Equal(["/pool", "/srv/with blank", "[SWAP]"], disk.Mounts);
        Assert.Equal([1, 2], disk.Partitions.Select(partition => partition.Number));
    }

    [Fact]
    public async Task The_machine_is_described_as_kernel_and_firmware_show_it()
    {
        using var host = new FakeHost();
        host.Put("sys/firmware/efi/fw_platform_size", "64");
        host.Put("sys/class/net/eth0/address", "AA:BB:CC:DD:EE:01\n");
        host.Put("sys/class/net/eth0/device/vendor", "0x8086");
        host.Put("sys/class/net/lo/address", "00:00:00:00:00:00");
        host.Put("sys/class/net/br0/address", "aa:bb:cc:dd:ee:99");
        host.Put("sys/class/dmi/id/product_uuid", "4c4c4544-0042\n");
        host.Put("sys/class/dmi/id/product_serial", "To Be Filled By O.E.M.\n");
        host.Put("proc/self/mountinfo", "1 1 0:1 / / rw - rootfs none rw\n2 1 0:2 / / rw - tmpfs none rw\n");

        var inventory = await AgentRun.InventoryAsync(host, Token);

        Assert.Equal("uefi", inventory.Firmware);
        Assert.Equal(["aa:bb:cc:dd:ee:01"], inventory.MacAddresses);
        Assert.Equal(("4c4c4544-0042", null), (inventory.SystemUuid, inventory.SystemSerial));
        Assert.Equal(("rescue", "tmpfs", true), (inventory.Rescue.Hostname, inventory.Rescue.RootFileSystem, inventory.Rescue.HetznerBuildFile));
        Assert.Equal("0b0e5a3c-6f7b-4a1e-8c57-0d5a1c2b3d4e", inventory.BootId);
    }

    [Fact]
    public async Task The_places_and_links_of_a_disk_are_those_that_Talos_selects_by()
    {
        using var host = new FakeHost();
        host.Add(Named("nvme0n1") with
        {
            Bus = "pci0000:00/0000:00:03.0/nvme/nvme0",
            Links = ["disk/by-id/nvme-eui.01", "disk/by-path/x", "disk/by-id/nvme-M_S"],
            Files = new() { ["wwid"] = "eui.0025388801b4dff2", ["uuid"] = "u-u" },
            Udev = [],
        });
        host.Put("sys/devices/pci0000:00/0000:00:03.0/nvme/nvme0/serial", "S3W8NX0N811178      \n");
        host.Put("sys/devices/pci0000:00/0000:00:03.0/nvme/nvme0/modalias", "nvme:x");

        var disk = Assert.Single((await AgentRun.InventoryAsync(host, Token)).Disks);

        Assert.Equal("/pci0000:00/0000:00:03.0/nvme/nvme0", disk.BusPath);
        Assert.Equal(["nvme-M_S", "nvme-eui.01"], disk.ByIdLinks);
        // udev has no properties here: the kernel's own attributes answer.
        Assert.Equal(("S3W8NX0N811178", "eui.0025388801b4dff2", "u-u", "nvme:x"), (disk.Serial, disk.Wwn, disk.Uuid, disk.Modalias));
    }

    [Theory]
    [InlineData("pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", "0:0:0:0")]
    [InlineData("pci0000:00/0000:02:00.0/host8/port-8:1/end_device-8:1/target8:0:1/8:0:1:12", "8:0:1:12")]
    [InlineData("pci0000:00/0000:01:00.0/nvme/nvme0", null)]
    [InlineData("pci0000:00/0000:00:02.0/virtio1", null)]
    public async Task The_SCSI_address_is_the_name_of_the_devices_folder(string bus, string? hctl)
    {
        using var host = new FakeHost();
        host.Add(Named("sda") with { Bus = bus });

        Assert.Equal(hctl, Assert.Single((await AgentRun.InventoryAsync(host, Token)).Disks).Hctl);
    }

    [Fact]
    public async Task A_mark_at_the_start_of_a_partition_is_told_of_the_partition_alone()
    {
        using var host = new FakeHost();
        host.Add(new FakeDisk("sda", 8 << 20) { Udev = new() { ["ID_SERIAL_SHORT"] = "S1", ["ID_WWN"] = "0x5" } });
        var bytes = new byte[8 << 20];
        TestGpt.Put(bytes, 512, ("data", TestImage.LinuxData, 2048, 8191));
        "XFSB"u8.CopyTo(bytes.AsSpan(1 << 20));
        host.Write("sda", 0, bytes);

        var disk = Assert.Single((await AgentRun.InventoryAsync(host, Token)).Disks);

        Assert.Equal(["gpt", "gpt"], disk.Signatures.Select(mark => mark.Kind));
        Assert.Equal(["xfs"], Assert.Single(disk.Partitions).Signatures.Select(mark => mark.Kind));
    }

    [Fact]
    public async Task A_SATA_disk_that_udev_has_not_seen_still_has_serial_and_WWN()
    {
        using var host = new FakeHost();
        host.Add(Named("sda") with { Udev = [] });
        const string device = "sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0";
        host.Put($"{device}/wwid", "naa.5002538c6003052d\n");
        host.Put($"{device}/vpd_pg80", "\0P\0\u0014      S2RKNX0J000001");

        var disk = Assert.Single((await AgentRun.InventoryAsync(host, Token)).Disks);

        Assert.Equal(("S2RKNX0J000001", "0x5002538c6003052d", "sata"), (disk.Serial, disk.Wwn, disk.Transport));
    }

    [Fact]
    public async Task Two_looks_at_an_unchanged_disk_have_the_same_state_hash()
    {
        using var rig = new WriteRig();
        var first = await AgentRun.InventoryAsync(rig.Host, Token);
        var second = await AgentRun.InventoryAsync(rig.Host, Token);

        Assert.Equal(first.Disks.Select(Protocol.DiskState.Hash), second.Disks.Select(Protocol.DiskState.Hash));
    }

    [Theory]
    [InlineData("Micron\\x207450\\x20MTFD", "Micron 7450 MTFD")]
    [InlineData("A\\x2fB\\x20\\x20", "A/B")]
    [InlineData("\\x2", "\\x2")]
    public void The_escapes_of_udev_are_undone(string encoded, string plain) => Assert.Equal(plain, UdevRecord.Decode(encoded));

    private static FakeDisk Named(string name) => new(name, 1 << 20)
    {
        Bus = name == "sda" ? "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0" : $"pci0000:00/{name}/x",
        Udev = new() { ["ID_SERIAL_SHORT"] = "S" + name },
    };
}
