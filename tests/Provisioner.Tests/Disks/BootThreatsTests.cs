using Kronform.Provision.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class BootThreatsTests
{
    private static readonly DiskCriteria Chosen = Selector("v1.13.9", ("serial", "S1"));

    private static readonly BlockDevice Bare = Hdd("Z1") with { ByIdLinks = ["wwn-0x5", "ata-X_Z1"] };

    private static BootThreat Only(BlockDevice other, MachineFacts? machine = null) => Assert.Single(BootThreats.Find([other], machine ?? MachineFacts.Unknown));

    [Theory]
    [InlineData("META")]
    [InlineData("STATE")]
    [InlineData("EPHEMERAL")]
    public void A_stale_Talos_name_on_another_disk_stops_the_run(string label)
    {
        var plan = Choose(Chosen, Nvme("S1"), Bare with { Partitions = [Part(5, label)] });

        Assert.Equal("S1", plan.Chosen!.Serial);
        Assert.False(plan.IsClear);
        var threat = Assert.Single(plan.Threats);
        Assert.True(threat.Stops);
        Assert.Equal("if that Talos is no longer wanted: --neutralise Z1", threat.Remedy);
        var error = Assert.Throws<ProvisionException>(() => plan.Require("n4"));
        Assert.Equal(FailureCode.BootThreat, error.Code);
        Assert.Contains($"serial Z1: boot.talos-{label.ToLowerInvariant()}: {label} of an old Talos (partition 5, byte 5242880)", error.Message);
    }

    [Fact]
    public void A_name_that_only_the_table_at_the_end_has_stops_the_run_too()
    {
        var other = Bare with { Partitions = [Part(5, "STATE") with { Table = PartitionTables.GptBackup }] };
        Assert.Equal("STATE of an old Talos (partition 5, byte 5242880, only the table at the disk's end has it)", Only(other).Evidence);
        Assert.True(Only(other).Stops);
        Assert.Equal("if that Talos is no longer wanted: open /dev/disk/by-id/ata-X_Z1 with gdisk, load the table at the disk's end (r, then b) and rename partition 5 there",
            Only(other with { Serial = null }).Remedy);
    }

    [Fact]
    public void A_disk_that_neutralise_cannot_name_gets_its_remedy_by_hand()
    {
        var other = Bare with { Serial = null, Partitions = [Part(4, "META")] };
        Assert.Equal("if that Talos is no longer wanted: sgdisk --change-name=4:old-META /dev/disk/by-id/ata-X_Z1", Only(other).Remedy);
        Assert.EndsWith("sgdisk --change-name=4:old-META (the device with wwn 0x5000c500z1)", Only(other with { ByIdLinks = [] }).Remedy);

        // Two disks of one serial: the option would not know which.
        var twins = BootThreats.Find([Bare with { Partitions = [Part(4, "META")] }, Bare with { Name = "sdb", Wwn = "0x6" }], MachineFacts.Unknown);
        Assert.StartsWith("if that Talos is no longer wanted: sgdisk", Assert.Single(twins).Remedy);
    }

    /// <summary>Everything that is told and stops nothing.</summary>
    public static TheoryData<string, BlockDevice, string, string> Notices { get; } = new()
    {
        { "boot.talos-boot", Bare with { Partitions = [Part(3, "BOOT", "xfs")] }, "BOOT of an old Talos (partition 3, byte 3145728)", "if that Talos is no longer wanted: --neutralise Z1" },
        { "boot.efi-system", Bare with { Partitions = [Part(1, "EFI", "vfat")] }, "an EFI system partition (partition 1, byte 1048576)", "put the new disk first in the firmware's boot order if that happens" },
        { "boot.efi-system", Bare with { Partitions = [Part(1, null) with { Type = "ef" }] }, "an EFI system partition (partition 1, byte 1048576)", "put the new disk first in the firmware's boot order if that happens" },
        { "boot.mbr-code", Bare with { BootCode = true }, "boot code in its first sector", "if nothing is to boot from it: --neutralise Z1" },
        { "boot.mbr-code", Bare with { BootCode = true, Serial = null }, "boot code in its first sector", "if nothing is to boot from it: dd if=/dev/zero of=/dev/disk/by-id/ata-X_Z1 bs=440 count=1 conv=notrunc, which leaves the partition table as it is" },
        { "boot.raid", Bare with { Signatures = [new Signature("linux_raid_member", 4096, "rescue:0", "aa", "1.2")] }, "a member of the RAID array \"rescue:0\", superblock 1.2, on the disk itself, byte 4096", "leave it where the array is wanted; a leftover is removed by mdadm --stop of the array and mdadm --zero-superblock of this member" },
        { "boot.raid", Bare with { Partitions = [Part(2, null, "linux_raid_member")] }, "a member of the RAID array in partition 2, byte 2097152", "leave it where the array is wanted; a leftover is removed by mdadm --stop of the array and mdadm --zero-superblock of this member" },
    };

    [Theory]
    [MemberData(nameof(Notices))]
    public void What_could_be_started_elsewhere_is_told_and_stops_nothing(string code, BlockDevice other, string evidence, string remedy)
    {
        var threat = Only(other);
        Assert.Equal((code, false, evidence, remedy), (threat.Code, threat.Stops, threat.Evidence, threat.Remedy));
        Assert.True(DiskSelection.Choose([Nvme("S1"), other], Chosen, null, []).IsClear);
        Assert.Equal(CodeEffect.Notice, DiskCodes.All.Single(c => c.Name == code).Effect);
    }

    [Theory]
    [InlineData("uefi", "firmware that also boots in the old way (CSM) could start it instead of Talos")]
    [InlineData("bios", "BIOS firmware starts it instead of Talos if it puts this disk first")]
    [InlineData(null, "BIOS firmware starts it instead of Talos if it puts this disk first")]
    public void What_boot_code_could_do_depends_on_the_firmware(string? firmware, string consequence) =>
        Assert.Equal(consequence, Only(Bare with { BootCode = true }, new MachineFacts { Firmware = firmware }).Consequence);

    [Fact]
    public void What_is_on_the_chosen_disk_itself_is_no_threat() =>
        Assert.Empty(Choose(Chosen, Nvme("S1") with { Partitions = FreshTalos, BootCode = true }, Osd("Z1")).Threats);

    /// <summary>It alone knows the image's partitions, and tells while it writes.</summary>
    private static readonly string[] ToldByTheAgent = ["boot.part-uuid"];

    [Fact]
    public void Every_threat_of_the_list_is_tested_here()
    {
        string[] stopping = ["boot.talos-meta", "boot.talos-state", "boot.talos-ephemeral"];
        var tested = Notices.Select(row => row.Data.Item1).Concat(stopping).Concat(["boot.efi-entry", "boot.efi-network"]).Concat(ToldByTheAgent).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(DiskCodes.All.Where(c => c.Effect is CodeEffect.Threat or CodeEffect.Notice).Select(c => c.Name).Order(StringComparer.Ordinal), tested);
        Assert.Equal(stopping, DiskCodes.All.Where(c => c.Effect == CodeEffect.Threat).Select(c => c.Name));
    }
}
