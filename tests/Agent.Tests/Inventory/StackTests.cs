using Kronform.Provision.Agent.Inventory.Stacks;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Inventory;

public sealed class StackTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vg0-root", "LVM-abc", "lvm", "vg0/root")]
    [InlineData("my--vg-my--lv", "LVM-abc", "lvm", "my-vg/my-lv")]
    [InlineData("a----b-c", "LVM-abc", "lvm", "a--b/c")]
    [InlineData("vg0-data_rmeta_0", "LVM-abc", "lvm", "vg0/data_rmeta_0")]
    [InlineData("vg0-snap-cow", "LVM-abc-cow", "lvm", "vg0/snap-cow")]
    [InlineData("ceph--1b2c3d4e--0000--4000--8000--1234567890ab-osd--block--aaaaaaaa--bbbb--4ccc--8ddd--eeeeeeeeeeee", "LVM-x", "lvm",
        "ceph-1b2c3d4e-0000-4000-8000-1234567890ab/osd-block-aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")]
    [InlineData("luks-disk", "CRYPT-LUKS2-952a206bab8c42a0b3c5962bccc242b8-luks-disk", "crypt", "luks-disk")]
    [InlineData("luks-disk", "CRYPT-LUKS1-952a206bab8c42a0b3c5962bccc242b8-luks-disk", "crypt", "luks-disk")]
    [InlineData("plain", "CRYPT-PLAIN-plain", "crypt", "plain")]
    [InlineData("mpatha", "mpath-3600508b400105e210000900000490000", "dm", "mpatha")]
    [InlineData("mpatha-part1", "part1-mpath-3600508b400105e210000900000490000", "dm", "mpatha-part1")]
    [InlineData("by-hand", null, "dm", "by-hand")]
    public void A_mapped_device_is_known_by_its_uuid(string mapped, string? uuid, string kind, string title) =>
        Assert.Equal(new StackedDevice("dm-0", kind, title, uuid), StackedDeviceDescription.Mapped("dm-0", mapped, uuid));

    [Fact]
    public async Task Each_layer_of_a_stack_is_described_whatever_it_lies_on()
    {
        using var host = Disk("holders/md127");
        Array(host, "md127", "9:127", "raid1", "E:MD_NAME=rescue:2\nE:MD_UUID=4d5077da:b1df2b99:cdb14e8b:870ef80c\n");
        host.Put("sys/class/block/md127/holders/dm-0", "");
        host.Put("sys/class/block/dm-0/dm/name", "vault\n");
        host.Put("sys/class/block/dm-0/dm/uuid", "CRYPT-LUKS2-952a206bab8c42a0b3c5962bccc242b8-vault\n");
        host.Put("sys/class/block/dm-0/holders/dm-1", "");
        host.Put("sys/class/block/dm-1/dm/name", "vg0-srv--data\n");
        host.Put("sys/class/block/dm-1/dm/uuid", "LVM-VzzFvuptpvvJVwIdhwyw1af1m2dwj8wTVzzFvuptpvvJVwIdhwyw1af1m2dwj8wT\n");
        host.Put("sys/class/block/dm-1/holders/drbd0", "");
        host.Put("sys/class/block/drbd0/dev", "147:0\n");
        host.Put("run/udev/data/b147:0", "S:drbd/by-disk/vg0/x\nS:drbd/by-res/web/0\n");
        host.Put("proc/self/mountinfo", "1 1 147:0 / /srv rw - ext4 /dev/drbd0 rw\n");

        var disk = Assert.Single((await AgentRun.InventoryAsync(host, Token)).Disks);

        Assert.Equal(
            [
                new StackedDevice("dm-0", "crypt", "vault", "CRYPT-LUKS2-952a206bab8c42a0b3c5962bccc242b8-vault"),
                new StackedDevice("dm-1", "lvm", "vg0/srv-data", "LVM-VzzFvuptpvvJVwIdhwyw1af1m2dwj8wTVzzFvuptpvvJVwIdhwyw1af1m2dwj8wT"),
                new StackedDevice("drbd0", "drbd", "web/0"),
                new StackedDevice("md127", "raid1", "rescue:2", "4d5077da:b1df2b99:cdb14e8b:870ef80c"),
            ],
            disk.Holders);
        Assert.Equal(["/srv"], disk.Mounts);
    }

    [Theory]
    [InlineData("raid0\n", "E:MD_NAME=host:data\nS:md/data\n", null, "raid0", "host:data", null)]
    [InlineData("raid1\n", "S:disk/by-id/md-name-any:1\nS:md/1\n", null, "raid1", "any:1", null)]
    [InlineData("raid1\n", "S:md/boot\n", null, "raid1", "boot", null)]
    // The kernel's own uuid before what mdadm left.
    [InlineData("raid6\n", "E:MD_UUID=4d5077da:b1df2b99:cdb14e8b:870ef80c\n", "4d5077da-b1df-2b99-cdb1-4e8b870ef80c\n", "raid6", null, "4d5077da-b1df-2b99-cdb1-4e8b870ef80c")]
    // Not started: the kernel has no level yet.
    [InlineData("\n", "", null, null, null, null)]
    public async Task An_array_is_described_from_kernel_and_udev(string level, string udev, string? kernelUuid, string? kind, string? title, string? uuid)
    {
        using var host = Disk("holders/md0");
        Array(host, "md0", "9:0", level, udev);
        if (kernelUuid is not null) host.Put("sys/class/block/md0/md/uuid", kernelUuid);

        var disk = Assert.Single((await AgentRun.InventoryAsync(host, Token)).Disks);

        Assert.Equal([new StackedDevice("md0", kind, title, uuid)], disk.Holders);
    }

    [Fact]
    public async Task A_caching_disk_of_bcache_is_held_by_what_it_serves()
    {
        using var host = Disk("bcache/nbuckets");
        host.Put("sys/fs/bcache/11111111-2222-3333-4444-555555555555/bdev0/label", "");
        host.Link("sys/devices/pci0000:00/0000:01:00.0/nvme/nvme0/block/nvme0n1/bcache/set", host.Roots.Sys + "/fs/bcache/11111111-2222-3333-4444-555555555555");
        host.Link("sys/fs/bcache/11111111-2222-3333-4444-555555555555/bdev0/dev", "../../../../block/bcache0");
        host.Put("sys/class/block/bcache0/dev", "252:0\n");
        host.Put("sys/class/block/bcache0/bcache/label", "fast\n");
        host.Put("proc/self/mountinfo", "1 1 252:0 / /data rw - xfs /dev/bcache0 rw\n");

        var disk = Assert.Single((await AgentRun.InventoryAsync(host, Token)).Disks);

        Assert.Equal([new StackedDevice("bcache0", "bcache", "fast")], disk.Holders);
        Assert.Equal(["/data"], disk.Mounts);
    }

    /// <summary>Trees that lsblk showed on real servers; the fixtures name what each line was.</summary>
    [Theory]
    [InlineData("two-nvme-md-and-zfs-on-md.lsblk.txt", "nvme0n1", "md0 raid1, md1 raid1, md127 raid0, md2 raid1", "/, /boot, [SWAP]")]
    [InlineData("two-nvme-md-and-zfs-on-md.lsblk.txt", "nvme1n1", "md0 raid1, md1 raid1, md127 raid0, md2 raid1", "/, /boot, [SWAP]")]
    [InlineData("two-sata-md-assembled-by-rescue.lsblk.txt", "sda", "md0 raid1, md1 raid1, md2 raid1", "")]
    [InlineData("two-sata-md-assembled-by-rescue.lsblk.txt", "sdb", "md0 raid1, md1 raid1, md2 raid1", "")]
    [InlineData("two-sata-partitions-only.lsblk.txt", "sda", "", "")]
    [InlineData("two-sata-partitions-only.lsblk.txt", "sdb", "", "")]
    [InlineData("two-nvme-stale-md-below-new-table.lsblk.txt", "nvme0n1", "md0 raid1, md1 raid1, md2 raid1", "")]
    public async Task What_real_servers_had_stacked_is_found(string fixture, string name, string holders, string mounts)
    {
        using var host = new FakeHost();
        LsblkTree.Read(Path.Combine(AppContext.BaseDirectory, "Fixtures", fixture)).BuildOn(host);

        var disk = (await AgentRun.InventoryAsync(host, Token)).Disks.Single(disk => disk.Name == name);

        Assert.Equal(holders, string.Join(", ", disk.Holders.Select(holder => $"{holder.Name} {holder.Kind}")));
        Assert.Equal(mounts, string.Join(", ", disk.Mounts));
        Assert.All(disk.Partitions, partition => Assert.Equal(PartitionTables.Kernel, partition.Table));
    }

    private static FakeHost Disk(string file) => new FakeHost().Add(new FakeDisk("nvme0n1", 1 << 20)
    {
        Bus = "pci0000:00/0000:01:00.0/nvme/nvme0",
        Files = new() { [file] = "" },
        Udev = new() { ["ID_SERIAL_SHORT"] = "S3W8NX0N811178", ["ID_WWN"] = "eui.0025388801b4dff2" },
    });

    private static void Array(FakeHost host, string name, string number, string level, string udev)
    {
        host.Put($"sys/class/block/{name}/dev", number + "\n");
        host.Put($"sys/class/block/{name}/md/level", level);
        host.Put($"sys/class/block/{name}/md/metadata_version", "1.2\n");
        host.Put($"run/udev/data/b{number}", udev);
    }
}
