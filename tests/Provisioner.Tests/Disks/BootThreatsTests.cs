using Kronform.Provision.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class BootThreatsTests
{
    private static readonly DiskCriteria Chosen = Selector("v1.13.9", ("serial", "S1"));

    [Theory]
    [InlineData("META")]
    [InlineData("STATE")]
    [InlineData("EPHEMERAL")]
    public void A_stale_Talos_name_on_another_disk_stops_the_run(string label)
    {
        var plan = Choose(Chosen, Nvme("S1"), Hdd("Z1") with { Partitions = [Part(5, label)], ByIdLinks = ["wwn-0x5", "ata-X_Z1"] });

        Assert.Equal("S1", plan.Chosen!.Serial);
        Assert.False(plan.IsClear);
        var threat = Assert.Single(plan.Threats);
        Assert.True(threat.Stops);
        Assert.Equal($"if that Talos is no longer wanted: sgdisk --change-name=5:old-{label} /dev/disk/by-id/ata-X_Z1", threat.Remedy);
        var error = Assert.Throws<ProvisionException>(() => plan.Require("n4"));
        Assert.Equal(FailureCode.BootThreat, error.Code);
        Assert.Contains($"serial Z1: boot.talos-{label.ToLowerInvariant()}: {label} of an old Talos (partition 5, byte 5242880)", error.Message);
    }

    [Fact]
    public void Loaders_elsewhere_are_told_and_stop_nothing()
    {
        var plan = Choose(Chosen, Nvme("S1"), Hdd("Z1") with { Partitions = [Part(1, "EFI", "vfat"), Part(3, "BOOT", "xfs")] },
            Hdd("Z2", "sdb") with { Partitions = [Part(1, null) with { Type = "ef" }] });
        Assert.True(plan.IsClear);
        Assert.Equal(["boot.efi-system", "boot.talos-boot", "boot.efi-system"], plan.Threats.Select(t => t.Code));
    }

    [Fact]
    public void What_is_on_the_chosen_disk_itself_is_no_threat() =>
        Assert.Empty(Choose(Chosen, Nvme("S1") with { Partitions = FreshTalos }, Osd("Z1")).Threats);
}
