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

    [Theory]
    [InlineData("S1", null)]
    [InlineData(null, "eui.00253800S1")]
    public void An_override_that_agrees_with_the_selector_changes_nothing(string? serial, string? wwid) =>
        Assert.Equal("S1", Choose(Criteria(SampleConfig.Text, new DiskOverride(serial, wwid, 20, 5)), Nvme("S1"), Osd("Z1")).Require("n4").Serial);

    [Fact]
    public void An_override_for_one_of_several_is_refused_because_Talos_would_not_know_of_it()
    {
        // Also when today's first by name is the one that is meant: names may differ in Talos.
        foreach (var (first, second) in new[] { ("nvme0n1", "nvme1n1"), ("nvme1n1", "nvme0n1") })
        {
            var plan = Choose(Criteria(SampleConfig.Text, new DiskOverride("S2", null, 20, 5)), Nvme("S1", first), Nvme("S2", second), Osd("Z1"));
            Assert.Null(plan.Chosen);
            Assert.Equal(FailureCode.DiskTalosDisagrees, Assert.Throws<ProvisionException>(() => plan.Require("n4")).Code);
            Assert.StartsWith($"provision.yaml's serial: S2 means {second} (serial S2, 512.1 GB), but 2 disks meet the conditions of n4.yaml:13 machine.install.diskSelector, "
                + "which is all that Talos will know. It takes the first by name, here nvme0n1 (serial ", plan.Problem!.Message);
            Assert.Equal("Add serial: S2 to n4.yaml:13 machine.install.diskSelector.", plan.Problem.Remedy);
            var verdict = plan.Verdicts.Single(v => v.Disk.Serial == "S2");
            Assert.Equal((VerdictKind.Refused, "refused, because for Talos itself 2 disks meet the machine config's conditions"), (verdict.Kind, verdict.Sentence));
        }
    }

    [Fact]
    public void Data_on_the_disk_is_told_before_the_disagreement_with_Talos() =>
        Assert.Equal(FailureCode.DiskGuarded, Choose(Criteria(SampleConfig.Text, new DiskOverride("S2", null, 20, 5)),
            Nvme("S1"), Nvme("S2", "nvme1n1") with { Signatures = [new Signature("xfs", 0)] }).Problem!.Code);

    [Theory]
    [InlineData("Z9", "serial: Z9 fails: it has S1")]
    [InlineData("S1", null)]
    public void An_override_beside_a_by_id_link_has_to_mean_the_same_disk(string serial, string? failure)
    {
        var plan = Choose(Criteria(InstallDisk("/dev/disk/by-id/nvme-eui.00253800S1"), new DiskOverride(serial, null, 20, 5)), Nvme("S1"), Hdd("Z1"));
        if (failure is null) Assert.Equal("S1", plan.Require("n4").Serial);
        else Assert.Contains(failure, plan.Problem!.Message);
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
        Assert.Equal(["n4.yaml:11 machine.install.disk is /dev/sda, a kernel name, which was ignored: provision.yaml's serial: S1 decides, and Talos stays on the disk it was written to"], plan.Warnings);
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

    /// <summary>The examples of Talos's documentation, and each field and constant once.</summary>
    [Theory]
    [InlineData("disk.transport == 'nvme'", "S1")]
    [InlineData("disk.size > 10u * GiB && !disk.rotational", "S1")]
    [InlineData("disk.serial.startsWith('Z')", "Z1")]
    [InlineData("disk.transport == 'sata' && disk.size < 5u*TiB", "Z1")]
    [InlineData("disk.transport == 'scsi' && disk.size < 2u*TiB", null)]
    [InlineData("disk.pretty_size == '512 GB'", "S1")]
    [InlineData("disk.pretty_size == '4.0 TB'", "Z1")]
    [InlineData("disk.size > 3000000000u * kB && disk.size < 1u * PB", "Z1")]
    [InlineData("disk.size > 3900000u * MB && disk.size < 1u * EB", "Z1")]
    [InlineData("disk.size > 3800000000u * KiB && disk.size < 1u * PiB", "Z1")]
    [InlineData("disk.size > 3800000u * MiB && disk.size < 1u * EiB", "Z1")]
    [InlineData("disk.size == 512110190592u || false", "S1")]
    [InlineData("'/dev/disk/by-id/nvme-eui.00253800S1' in disk.symlinks && !disk.rotational", "S1")]
    [InlineData("'/dev/disk/by-id/wwn-0x5000c500z1' in disk.symlinks", "Z1")]
    [InlineData("disk.rotational == false", "S1")]
    [InlineData("disk.uuid == '' && disk.modalias == '' && disk.rotational", "Z1")]
    public void Expressions_of_the_documentation_choose_as_there(string match, string? expected) =>
        Assert.Equal(expected, Choose(Criteria(Unattended($"\"{match}\""), version: "v1.14.0"), Nvme("S1"), Hdd("Z1")).Chosen?.Serial);

    [Fact]
    public void Without_a_match_every_source_shows_every_disk_with_what_failed()
    {
        BlockDevice[] disks = [Nvme("S1"), Hdd("Z1")];
        string[] expected = ["it has 512.1 GB", "serial: Q fails: it has S1", "its links are", "it has serial S1", "serial: Q fails: it has S1"];
        DiskCriteria[] sources =
        [
            Criteria(SampleConfig.With("size: < 1TB", "size: < 1GB")),
            Criteria(SampleConfig.With("size: < 1TB", "serial: Q")),
            Criteria(InstallDisk("/dev/disk/by-id/wwn-0x1")),
            Criteria(Unattended("disk.serial == 'Q'"), version: "v1.14.0"),
            Criteria(SampleConfig.Text, new DiskOverride("Q", null, 20, 5)),
        ];
        foreach (var criteria in sources)
        {
            var problem = Choose(criteria, disks).Problem!;
            Assert.Equal(FailureCode.DiskNone, problem.Code);
            foreach (var disk in disks) Assert.Matches($@"\n  {disk.Name} \(serial {disk.Serial}, [^)]*\): .* fails: ", problem.Message);
        }

        Assert.All(expected.Zip(sources), p => Assert.Contains(p.First, Choose(p.Second, disks).Problem!.Message));
    }

    [Fact]
    public void The_term_that_failed_is_named()
    {
        var plan = Choose(Criteria(Unattended("disk.rotational && disk.size < 1u*TB"), version: "v1.14.0"), Nvme("S1"), Hdd("Z1"));
        Assert.Equal(
            [
                "not selected, disk.rotational fails: it has rotational false",
                "not selected, disk.size < 1u*TB fails: it has size 4.0 TB (4000787030016 bytes)",
            ],
            plan.Verdicts.Select(v => v.Sentence));
    }

    [Theory]
    [InlineData("disk.size < 1000", "compares a size with a plain integer; write the number with u, like 10u")]
    [InlineData("disk.dev_path == '/dev/sda' && disk.rotational", "uses disk.dev_path, a kernel name, which may mean another disk after the next boot")]
    [InlineData("disk.colour == 'red'", "uses disk.colour, which is not a field of a disk")]
    [InlineData("disk.io_size == 512u", "uses disk.io_size, which is not supported yet")]
    [InlineData("'/dev/disk/by-path/x' in disk.symlinks", "looks for /dev/disk/by-path/x; only links below /dev/disk/by-id are known here")]
    [InlineData("disk.serial in disk.symlinks", "looks for a text of the disk among its symlinks, which is not supported yet")]
    [InlineData("system_disk", "uses system_disk, which is not known before the system is on a disk")]
    [InlineData("(disk.rotational ? true : false)", "uses ? :, which is not supported yet")]
    [InlineData("volume.name == 'x'", "uses volume, which only expressions that look for existing volumes know")]
    [InlineData("lowerAscii(disk.serial) == 'x'", "calls lowerAscii, which is not supported yet")]
    [InlineData("disk.sub_system == 'x'", "uses disk.sub_system, which is not supported yet")]
    [InlineData("YB > disk.size", "uses YB, which is not known here")]
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
