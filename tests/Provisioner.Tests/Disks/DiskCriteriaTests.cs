using Kronform.Provision.Cluster;
using Kronform.Provision.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Provisioner.Tests.Cluster;
using Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class DiskCriteriaTests
{
    private const string Selector = "    diskSelector:\n      size: < 1TB\n";

    private static DiskCriteria Criteria(string config, DiskOverride? disk = null, string version = "v1.13.9") =>
        DiskCriteria.Of(ProvisionYaml.Parse(ProvisionYaml.Good).FindNode("n4") with { Disk = disk }, SampleConfig.Parse(config), TalosVersion.TryParse(version)!);

    private static string InstallDisk(string disk) => SampleConfig.With("disk: none\n" + Selector, $"disk: {disk}\n");

    private static string Unattended(string match) =>
        SampleConfig.With("  install:\n    disk: none\n" + Selector + "    image: ghcr.io/siderolabs/installer:v1.13.9\n", "")
        + $"---\napiVersion: v1alpha1\nkind: UnattendedInstallConfig\nprovisioning:\n  diskSelector:\n    match: {match}\n";

    [Theory]
    [InlineData("none")]
    [InlineData("/dev/sdz")]
    [InlineData("/dev/disk/by-id/other")]
    public void Beside_a_selector_the_disk_counts_for_nothing(string disk)
    {
        var criteria = Criteria(SampleConfig.With("disk: none", $"disk: {disk}"));
        Assert.Equal("n4.yaml:13 machine.install.diskSelector", criteria.Source);
        Assert.Equal("S1", Choose(criteria, Nvme("S1"), Osd("Z1")).Chosen?.Serial);
    }

    [Theory]
    [InlineData("nvme-SAMSUNG_MZVL2512HCJQ-00B00_S1", "S1")]
    [InlineData("nvme-SAMSUNG_MZVL2512HCJQ-00B00_S1_1", "S1")]
    [InlineData("nvme-eui.00253800S2", "S2")]
    [InlineData("wwn-0x5000c500z1", "Z1")]
    [InlineData("ata-ST4000NM0024-1HT178_Z1", "Z1")]
    [InlineData("ata-ST4000NM0024-1HT178_Z11", null)]
    [InlineData("nvme-OTHER_MODEL_S1", null)]
    [InlineData("wwn-0x5000c500", null)]
    public void A_by_id_link_names_a_disk_by_link_or_by_identity(string link, string? expected)
    {
        var plan = Choose(Criteria(InstallDisk("/dev/disk/by-id/" + link)), Nvme("S1") with { ByIdLinks = [] }, Nvme("S2", "nvme1n1"), Hdd("Z1"));
        Assert.Equal(expected, plan.Chosen?.Serial);
    }

    [Theory]
    [InlineData("/dev/sda")]
    [InlineData("/dev/nvme0n1")]
    [InlineData("/dev/vda")]
    public void A_kernel_name_is_taken_on_a_machine_with_one_disk_only(string name)
    {
        var criteria = Criteria(InstallDisk(name));
        Assert.Equal("S1", Choose(criteria, Nvme("S1", "whatever")).Chosen?.Serial);

        var plan = Choose(criteria, Nvme("S1", name[5..]), Osd("Z1", "sdx"));
        Assert.Null(plan.Chosen);
        Assert.Equal(FailureCode.DiskAmbiguous, plan.Problem!.Code);
        Assert.StartsWith($"n4.yaml:11 machine.install.disk is {name}, a kernel name, and the machine has 2 disks. Kernel names change between boots", plan.Problem.Message);
    }

    [Theory]
    [InlineData("/dev/disk/by-path/pci-0000:00:17.0-ata-1", "names a place or a content, not a disk")]
    [InlineData("/dev/disk/by-id/ata-X_Z1-part1", "names a partition")]
    [InlineData("sda", "is not a device")]
    [InlineData("none", "nothing says which disk Talos belongs on")]
    public void What_identifies_no_disk_is_an_error_in_the_file(string disk, string expected)
    {
        var error = Assert.Throws<ConfigProblemsException>(() => Criteria(InstallDisk(disk)));
        Assert.Equal(FailureCode.MachineConfigInvalid, error.Code);
        Assert.Contains(expected, Assert.Single(error.Problems).ToString());
    }

    [Fact]
    public void An_override_narrows_the_selector()
    {
        var plan = Choose(Criteria(SampleConfig.Text, new DiskOverride("S2", null, 20, 5)), Nvme("S1"), Nvme("S2", "nvme1n1"), Osd("Z1"));
        Assert.Equal("S2", plan.Chosen?.Serial);
        Assert.Equal("S1", Choose(Criteria(SampleConfig.Text, new DiskOverride(null, "eui.00253800S1", 20, 5)), Nvme("S1"), Nvme("S2", "nvme1n1")).Chosen?.Serial);
    }

    [Theory]
    [InlineData("0x5000c500z1")]
    [InlineData("naa.5000C500Z1")]
    public void An_override_by_wwid_takes_both_spellings(string wwid) =>
        Assert.Equal("Z1", Choose(Criteria(InstallDisk("/dev/sda"), new DiskOverride(null, wwid, 20, 5)), Nvme("S1"), Hdd("Z1")).Chosen?.Serial);

    [Fact]
    public void An_override_that_contradicts_the_selector_shows_both()
    {
        var plan = Choose(Criteria(SampleConfig.Text, new DiskOverride("Z1", null, 20, 5)), Nvme("S1"), Hdd("Z1"));
        Assert.Equal(FailureCode.DiskNone, plan.Problem!.Code);
        Assert.Equal("provision.yaml's serial: Z1 and n4.yaml:13 machine.install.diskSelector name different disks: the first means sda (serial Z1, 4.0 TB), the second nvme0n1 (serial S1, 512.1 GB)", plan.Problem.Message);
    }

    [Fact]
    public void An_override_decides_where_the_config_has_a_kernel_name_only()
    {
        var plan = Choose(Criteria(InstallDisk("/dev/sda"), new DiskOverride("S1", null, 20, 5)), Nvme("S1"), Osd("Z1"));
        Assert.Equal("S1", plan.Chosen?.Serial);
        Assert.Equal(["n4.yaml:11 machine.install.disk is /dev/sda, a kernel name, which was ignored: provision.yaml's serial: S1 decides"], plan.Warnings);
    }

    [Theory]
    [InlineData("disk.transport == 'nvme'", "S1")]
    [InlineData("disk.size > 1u * TiB && disk.rotational", "Z1")]
    [InlineData("disk.size <= 512110190592u", "S1")]
    [InlineData("disk.serial.startsWith('Z')", "Z1")]
    [InlineData("disk.model.contains(\"ST4000\") || disk.serial == \"NONE\"", "Z1")]
    [InlineData("(disk.serial.endsWith('1') && !disk.rotational) || false", "S1")]
    [InlineData("disk.serial in ['A', 'S1']", "S1")]
    [InlineData("glob('ST4*', disk.model)", "Z1")]
    [InlineData("disk.wwid == 'naa.5000c500z1'", "Z1")]
    [InlineData("'/dev/disk/by-id/nvme-eui.00253800S1' in disk.symlinks", "S1")]
    [InlineData("disk.size != 512110190592u", "Z1")]
    [InlineData("disk.size < (2u + 3u) * TB && disk.sector_size == 512u && !(disk.transport == 'nvme') && !disk.readonly && !disk.cdrom", "Z1")]
    public void Expressions_of_disks_choose_as_in_Talos(string match, string expected) =>
        Assert.Equal(expected, Choose(Criteria(Unattended($"\"{match.Replace("\"", "\\\"", StringComparison.Ordinal)}\""), version: "v1.14.0"), Nvme("S1"), Hdd("Z1")).Chosen?.Serial);

    [Fact]
    public void The_term_that_failed_is_named()
    {
        var plan = Choose(Criteria(Unattended("disk.rotational && disk.size < 1u*TB"), version: "v1.14.0"), Nvme("S1"), Hdd("Z1"));
        Assert.Equal(
            [
                "not selected, disk.rotational fails: it is nvme, 512.1 GB, serial S1",
                "not selected, disk.size < 1u*TB fails: it is sata, 4.0 TB, serial Z1",
            ],
            plan.Verdicts.Select(v => v.Sentence));
    }

    [Theory]
    [InlineData("disk.size < 1000", "compares a size with a plain integer; write the number with u, like 10u")]
    [InlineData("disk.dev_path == '/dev/sda' && disk.rotational", "uses disk.dev_path, a kernel name, which may mean another disk after the next boot")]
    [InlineData("disk.colour == 'red'", "uses disk.colour, which is not a field of a disk")]
    [InlineData("disk.io_size == 512u", "uses disk.io_size, which is not supported yet")]
    [InlineData("'/dev/disk/by-path/x' in disk.symlinks", "uses disk.symlinks, which is not supported yet")]
    [InlineData("!system_disk", "uses system_disk, which is not known before the system is on a disk")]
    [InlineData("disk.serial.matches('^S')", "calls matches, which is not supported yet")]
    [InlineData("size(disk.serial) > 3", "calls size, which is not supported yet")]
    [InlineData("disk.serial == 'a' ? true : false", "uses ? :, which is not supported yet")]
    [InlineData("disk.serial", "has a value where a condition is expected")]
    [InlineData("disk.serial == 'S1", "a quoted text is not closed")]
    [InlineData("disk.serial = 'S1'", "\"=\" at character 13 begins nothing known")]
    [InlineData("disk.serial == disk.size", "has different types on both sides of ==")]
    [InlineData("(disk.rotational", "has the end where ) is expected")]
    [InlineData("disk.rotational disk.readonly", "has disk where an operator is expected")]
    [InlineData("disk.size < 99999u * EB", "calculates a number that is out of range")]
    [InlineData("disk.size < 99999999999999999999u", "the number 99999999999999999999 is too large")]
    [InlineData("disk.size / 2u < 1u * TB", "calculates with / on a disk's field, which is not supported yet")]
    public void An_expression_that_is_not_understood_is_refused_and_never_guessed(string match, string expected)
    {
        var error = Assert.Throws<ConfigProblemsException>(() => Criteria(Unattended($"\"{match}\""), version: "v1.14.0"));
        Assert.Equal($"n4.yaml:23:5 UnattendedInstallConfig.provisioning.diskSelector.match: {expected}; use size, serial, wwid, model, transport or rotational, best serial",
            Assert.Single(error.Problems).ToString());
    }

    [Fact]
    public void The_generated_expression_is_a_kernel_name_like_any_other()
    {
        var criteria = Criteria(Unattended("disk.dev_path == \"/dev/sda\""), version: "v1.14.0");
        Assert.Equal("/dev/sda", criteria.KernelName);
        Assert.Equal(FailureCode.DiskAmbiguous, Choose(criteria, Nvme("S1"), Hdd("Z1")).Problem!.Code);
    }
}
