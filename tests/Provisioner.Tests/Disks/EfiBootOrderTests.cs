using Kronform.Provision.Disks;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class EfiBootOrderTests
{
    private static readonly EfiBootEntry Network = new("0001", "UEFI: PXE IP4", true, true, true);
    private static readonly EfiBootEntry Debian = new("0003", "debian", true, true, false, "aa-1", @"\EFI\debian\grubx64.efi");

    private static readonly BlockDevice Chosen = Nvme("S1") with { Partitions = [.. FreshTalos.Select(p => p with { PartUuid = "bb-" + p.Number })] };
    private static readonly BlockDevice Other = Hdd("Z1") with { Partitions = [Part(1, "root") with { PartUuid = "AA-1" }] };

    private static DiskPlan Plan(params EfiBootEntry[] entries) => DiskSelection.Choose([Chosen, Other], Selector("v1.13.9", ("serial", "S1")), null, [],
        new MachineFacts { Firmware = "uefi", EfiBoot = new EfiBoot("0001", entries) });

    [Fact]
    public void An_active_entry_that_starts_from_another_disk_is_told_with_the_command_that_turns_it_off()
    {
        var plan = Plan(Network, Debian);
        Assert.True(plan.IsClear);
        Assert.Empty(plan.Warnings);
        var threat = Assert.Single(plan.Threats);
        Assert.Equal(Other.Identity, threat.Disk);
        Assert.Equal("""
            boot.efi-entry: EFI boot entry 0003 "debian" starts \EFI\debian\grubx64.efi from it; the firmware starts that before it looks for a loader on the new disk
            """, threat.ToString());
        Assert.Equal("mount -o remount,rw /sys/firmware/efi/efivars && efibootmgr -b 0003 -A", threat.Remedy);
    }

    public static TheoryData<EfiBootEntry> Harmless { get; } =
    [
        Debian with { Active = false },
        Debian with { Ordered = false },
        Debian with { PartUuid = "bb-1" },
        Debian with { PartUuid = "gone" },
        Debian with { PartUuid = null },
    ];

    [Theory]
    [MemberData(nameof(Harmless))]
    public void An_entry_that_is_off_or_starts_nothing_of_another_disk_is_no_threat(EfiBootEntry entry) => Assert.Empty(Plan(Network, entry).Threats);

    public static TheoryData<EfiBootEntry[], string> Orders { get; } = new()
    {
        {
            [Debian, Network],
            "boot.efi-network: the first active EFI boot entry is 0003 \"debian\", not network boot; once a system is installed, a reset may no longer reach the rescue system; "
            + "mount -o remount,rw /sys/firmware/efi/efivars && efibootmgr -o 0001,0003"
        },
        {
            [Network with { Active = false }, Debian],
            "boot.efi-network: the first active EFI boot entry is 0003 \"debian\", not network boot; once a system is installed, a reset may no longer reach the rescue system; "
            + "mount -o remount,rw /sys/firmware/efi/efivars && efibootmgr -b 0001 -a && efibootmgr -o 0001,0003"
        },
        {
            [Debian],
            "boot.efi-network: the first active EFI boot entry is 0003 \"debian\", not network boot, and there is no entry for network boot; once a system is installed, "
            + "a reset may no longer reach the rescue system; turn network boot on in the firmware's setup (Hetzner's KVM console)"
        },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public void Network_boot_that_is_not_first_is_a_warning_with_the_order_to_set(EfiBootEntry[] entries, string expected)
    {
        var plan = Plan(entries);
        Assert.True(plan.IsClear);
        Assert.Equal([expected], plan.Warnings);
    }

    [Fact]
    public void Without_entries_nothing_is_said()
    {
        Assert.Empty(Plan().Warnings);
        Assert.Empty(Plan(Debian with { Active = false }).Warnings);
        Assert.Empty(DiskSelection.Choose([Chosen, Other], Selector("v1.13.9", ("serial", "S1")), null, [], new MachineFacts { Firmware = "bios" }).Warnings);
    }
}
