using Kronform.Provision.Disks;
using Kronform.Provision.Protocol;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class NeutralisationTests
{
    private static readonly DiskCriteria Selector = Samples.Selector("v1.13.9", ("serial", "S1"));
    private static readonly BlockDevice Chosen = Samples.Nvme("S1");
    private static readonly BlockDevice OldTalos = Samples.Hdd("Z1") with { Partitions = [Samples.Part(4, "META"), Samples.Part(5, "STATE")] };
    private static readonly BlockDevice OldBoot = Samples.Hdd("Z2", "sdb") with { Partitions = [Samples.Part(3, "BOOT")] };
    private static readonly BlockDevice Osd = Samples.Osd("Z3", "sdc");

    [Fact]
    public void A_disk_that_threatens_and_is_named_is_neutralised()
    {
        var wanted = Of(["Z1"], Chosen, OldTalos, Osd);

        Assert.Equal("Z1", Assert.Single(wanted.Disks).Serial);
        Assert.Empty(wanted.Warnings);
        Assert.True(wanted.Clears);
    }

    [Fact]
    public void Nothing_is_neutralised_that_nobody_named()
    {
        var wanted = Of([], Chosen, OldTalos);

        Assert.Empty(wanted.Disks);
        Assert.Empty(wanted.Warnings);
        Assert.False(wanted.Clears);
    }

    [Theory]
    [InlineData("S1", "that is the disk that is written")]
    [InlineData("Z3", "there is nothing on it to neutralise")]
    [InlineData("NONE", "no disk has that serial")]
    [InlineData("z1", "no disk has that serial")]
    public void A_serial_that_was_named_in_vain_is_warned_of(string serial, string why)
    {
        var wanted = Of([serial], Chosen, OldBoot, Osd);

        Assert.Empty(wanted.Disks);
        Assert.Equal($"--neutralise {serial} had no effect: {why}", Assert.Single(wanted.Warnings));
    }

    [Fact]
    public void A_serial_that_two_disks_have_names_none()
    {
        var wanted = Of(["Z1"], Chosen, OldTalos, OldTalos with { Name = "sdd", Wwn = "0x5000c5000000000f" });

        Assert.Empty(wanted.Disks);
        Assert.Equal("--neutralise Z1 had no effect: 2 disks have that serial", Assert.Single(wanted.Warnings));
    }

    [Fact]
    public void No_disk_is_changed_for_a_run_that_stops_anyway()
    {
        var wanted = Of(["Z1"], Chosen, OldTalos, OldTalos with { Name = "sdd", Serial = "Z9", Wwn = "0x5000c5000000000f" });

        Assert.Empty(wanted.Disks);
        Assert.False(wanted.Clears);
        Assert.Contains("boot.talos-meta on the disk with serial Z9", Assert.Single(wanted.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_chosen_disk_nothing_is_neutralised()
    {
        var wanted = Neutralisation.Of(Samples.Choose(Samples.Selector("v1.13.9", ("serial", "ABSENT")), Chosen, OldTalos), ["Z1"]);

        Assert.Empty(wanted.Disks);
        Assert.Contains("no disk was chosen", Assert.Single(wanted.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_threat_that_stops_nothing_is_taken_away_when_it_is_named() =>
        Assert.Equal("Z2", Assert.Single(Of(["Z2", "Z2"], Chosen, OldBoot).Disks).Serial);

    [Theory]
    [InlineData("boot.talos-meta", true)]
    [InlineData("boot.talos-state", true)]
    [InlineData("boot.talos-ephemeral", true)]
    [InlineData("boot.talos-boot", true)]
    [InlineData("boot.mbr-code", true)]
    [InlineData("boot.efi-system", false)]
    [InlineData("boot.efi-entry", false)]
    public void Names_and_boot_code_can_be_taken_away_and_loaders_in_file_systems_cannot(string code, bool can) =>
        Assert.Equal(can, Neutralisation.CanTakeAway(Threat(code, "Z1")));

    [Fact]
    public void A_stopping_threat_that_cannot_be_taken_away_keeps_the_others_where_they_are()
    {
        var plan = Samples.Choose(Selector, Chosen, OldTalos) with { Threats = [Threat("boot.talos-meta", "Z1"), Threat("boot.efi-system", "Z1")] };

        Assert.Empty(Neutralisation.Of(plan, ["Z1"]).Disks);
    }

    private static Neutralisation Of(string[] serials, params BlockDevice[] disks) => Neutralisation.Of(Samples.Choose(Selector, disks), serials);

    private static BootThreat Threat(string code, string serial) => new(OldTalos.Identity with { Serial = serial }, code, true, "", "", "");
}
