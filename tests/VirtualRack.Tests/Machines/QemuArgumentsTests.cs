using System.Net;
using Kronform.Provision.VirtualRack.Builds;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Tests.Machines;

public sealed class QemuArgumentsTests
{
    private static readonly MachinePaths Paths = new("/v/n4", "rack-qmp-n4");
    private static readonly NetworkPlug Tap = new NetworkPlug.Tap("tap-n4", IPAddress.Parse("10.77.0.1"), 24);
    private static readonly RescueImage Image = new("/images/rescue");

    [Fact]
    public void A_boot_from_disk_gives_no_kernel_and_no_keys()
    {
        var arguments = Build(Node(Firmware.Bios), new BootPlan.Disk(), Tap);
        Assert.DoesNotContain("-kernel", arguments);
        Assert.DoesNotContain("-fw_cfg", arguments);
    }

    [Theory]
    [InlineData(Firmware.Bios, "/images/rescue/vmlinux")]
    [InlineData(Firmware.Uefi, "/images/rescue/bzImage")]
    public void A_rescue_enters_the_kernel_the_firmware_can_enter(Firmware firmware, string kernel)
    {
        var arguments = Build(Node(firmware), Rescue(), Tap);
        Assert.Equal(kernel, arguments[arguments.IndexOf("-kernel") + 1]);
        Assert.Equal(firmware == Firmware.Uefi, arguments.Any(a => a.EndsWith("file=/v/n4/vars.fd", StringComparison.Ordinal)));
    }

    [Fact]
    public void On_a_bridge_the_rescue_gets_the_servers_address_and_on_the_user_network_none()
    {
        Assert.Contains("name=opt/rack/address,string=10.77.0.14/24", Build(Node(Firmware.Bios), Rescue(), Tap));
        var user = Build(Node(Firmware.Bios), Rescue(), new NetworkPlug.User(IPAddress.Parse("127.77.0.14")));
        Assert.DoesNotContain(user, a => a.Contains("opt/rack/address", StringComparison.Ordinal));
        Assert.Contains(user, a => a.Contains("hostfwd=tcp:127.77.0.14:22-:22", StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_are_passed_as_files_and_never_as_text()
    {
        var keys = Build(Node(Firmware.Bios), Rescue(), Tap).Where(a => a.Contains("key", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, keys.Count);
        Assert.All(keys, k => Assert.Contains(",file=/v/n4/seed-1/", k, StringComparison.Ordinal));
    }

    [Fact]
    public void Disks_carry_the_identity_they_were_given()
    {
        var arguments = Build(Node(Firmware.Bios), new BootPlan.Disk(), Tap);
        Assert.Contains("ide-hd,drive=disk-ceph,bus=ide.0,serial=ZC1,model=ST4000,wwn=0x5000c500a1b20321,logical_block_size=512,physical_block_size=512,rotation_rate=7200,bootindex=3", arguments);
        Assert.Contains("nvme,id=nvme-system,serial=S5A,addr=0x4", arguments);
        Assert.Contains("nvme-ns,drive=disk-other,bus=nvme-other,logical_block_size=4096,physical_block_size=4096,bootindex=2", arguments);
    }

    [Fact]
    public void In_vkvm_every_disk_is_emulated_and_nameless()
    {
        var arguments = Build(Node(Firmware.Bios), new BootPlan.Rescue(Image, "/v/n4/seed-1", Vkvm: true), Tap);
        Assert.Equal(3, arguments.Count(a => a.StartsWith("ide-hd,", StringComparison.Ordinal)));
        Assert.DoesNotContain(arguments, a => a.Contains("ZC1", StringComparison.Ordinal) || a.Contains("S5A", StringComparison.Ordinal));
    }

    [Fact]
    public void A_comma_in_a_path_does_not_become_an_option() =>
        Assert.Contains(
            QemuArguments.Build(Node(Firmware.Bios), new MachinePaths("/a,b", "q"), new BootPlan.Disk(), Tap, 0, 1),
            a => a.Contains("file=/a,,b/system.raw,", StringComparison.Ordinal));

    [Fact]
    public void Faults_and_records_lie_between_a_disk_and_its_file()
    {
        var node = Node(Firmware.Bios);
        var failing = Build(node with { Disks = [node.Disks[0] with { Faults = [new(DiskAccess.Write, 4096), new(DiskAccess.Read, 1_000_000)] }] }, new BootPlan.Disk(), Tap);
        var drive = Assert.Single(failing, a => a.Contains("blkdebug", StringComparison.Ordinal));
        Assert.Contains("file.inject-error.0.event=none,file.inject-error.0.iotype=write,file.inject-error.0.sector=8,", drive, StringComparison.Ordinal);
        Assert.Contains("file.inject-error.1.event=none,file.inject-error.1.iotype=read,file.inject-error.1.sector=1953,", drive, StringComparison.Ordinal);

        var recorded = Build(node with { Disks = [node.Disks[0] with { RecordWrites = true }] }, new BootPlan.Disk(), Tap);
        Assert.Contains(recorded, a => a.Contains("file.log.filename=/v/n4/system.writes-1,", StringComparison.Ordinal) && !a.Contains("unsafe", StringComparison.Ordinal));
    }

    private static List<string> Build(NodeDescription node, BootPlan plan, NetworkPlug plug) =>
        [.. QemuArguments.Build(node, Paths, plan, plug, shift: 0, boot: 1)];

    private static BootPlan.Rescue Rescue() => new(Image, "/v/n4/seed-1", Vkvm: false);

    private static NodeDescription Node(Firmware firmware) => new(
        "n4", 321, IPAddress.Parse("10.77.0.14"), firmware, 1024, false, true, new Quirks(),
        [
            new("system", DiskBus.Nvme, 1L << 30, "S5A", null, null, false, 512, DiskRole.System, DiskFill.None, null),
            new("other", DiskBus.Nvme, 1L << 30, "S5B", null, null, false, 4096, DiskRole.Data, DiskFill.None, null),
            new("ceph", DiskBus.Sata, 1L << 30, "ZC1", "5000c500a1b20321", "ST4000", true, 512, DiskRole.Data, DiskFill.Ceph, null),
        ]);
}
