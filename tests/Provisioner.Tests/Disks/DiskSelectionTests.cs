using Kronform.Provision.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class DiskSelectionTests
{
    private static readonly DiskCriteria Small = Selector("v1.13.9", ("size", "< 1TB"));

    [Fact]
    public void The_one_disk_that_meets_every_condition_is_chosen_and_the_others_say_why_not()
    {
        var plan = Choose(Small, Osd("Z1", "sda"), Nvme("S1"), Osd("Z2", "sdb"));

        Assert.True(plan.IsClear);
        Assert.Equal("S1", plan.Require("n4").Serial);
        Assert.Equal(
            [
                "S1 Selected: selected: it alone meets every condition, and it holds nobody's data",
                "Z1 NotMatched: not selected, size: < 1TB fails: it has 4.0 TB (4000787030016 bytes)",
                "Z2 NotMatched: not selected, size: < 1TB fails: it has 4.0 TB (4000787030016 bytes)",
            ],
            plan.Verdicts.Select(v => $"{v.Disk.Serial} {v.Kind}: {v.Sentence}"));
    }

    [Fact]
    public void Several_matches_choose_none_and_name_the_condition_that_would_decide()
    {
        var plan = Choose(Small, Nvme("S2", "nvme0n1"), Nvme("S1", "nvme1n1"), Osd("Z1"));

        Assert.Null(plan.Chosen);
        var error = Assert.Throws<ProvisionException>(() => plan.Require("n4"));
        Assert.Equal(FailureCode.DiskAmbiguous, error.Code);
        Assert.Equal("""
            Choosing the disk of n4: 2 disks meet the conditions of n4.yaml:13 machine.install.diskSelector. Talos would take the first by name, here nvme0n1 (serial S2, 512.1 GB); that is a guess, so nothing was chosen:
              nvme1n1 (serial S1, 512.1 GB): serial: S1 would choose it
              nvme0n1 (serial S2, 512.1 GB): serial: S2 would choose it. Nothing was written
            """, error.Message);
        Assert.Equal("not selected, 2 disks meet every condition; serial: S2 would choose it; Talos would take this one first", plan.Verdicts[1].Sentence);
    }

    [Fact]
    public void A_guard_does_not_decide_between_two_matches()
    {
        var plan = Choose(Small, Nvme("S1"), Nvme("S2", "nvme1n1") with { Signatures = [new Signature("ceph_bluestore", 0)] });
        Assert.Equal(FailureCode.DiskAmbiguous, plan.Problem!.Code);
    }

    [Fact]
    public void Talos_takes_names_as_text_so_nvme10n1_comes_before_nvme1n1() =>
        Assert.Contains("here nvme10n1 (serial S2", Choose(Small, Nvme("S1", "nvme1n1"), Nvme("S2", "nvme10n1")).Problem!.Message);

    public static TheoryData<BlockDevice, BlockDevice, string> Deciders { get; } = new()
    {
        { Nvme("S1") with { Serial = null }, Nvme("S2") with { Serial = null }, "wwid: eui.00253800S1 would choose it" },
        { Nvme("S1") with { Serial = null, Wwn = null }, Nvme("S2", size: 5) with { Serial = null, Wwn = null }, "size: == 512110190592 would name it, but it would be refused (disk.no-identity)" },
        { Nvme("S1") with { Serial = null, Wwn = null, BusPath = "/a" }, Nvme("S2") with { Serial = null, Wwn = null, BusPath = "/b" }, "busPath: /a would name it, but it would be refused (disk.no-identity)" },
        { Nvme("S1") with { Serial = null, Wwn = null }, Nvme("S2") with { Serial = null, Wwn = null }, "nothing tells it from another of them" },
    };

    [Theory]
    [MemberData(nameof(Deciders))]
    public void The_deciding_condition_is_the_most_lasting_one_that_decides(BlockDevice disk, BlockDevice other, string expected) =>
        Assert.Contains(expected, Choose(Small, disk, other with { Name = "other" }).Verdicts.Single(v => v.Disk == disk).Sentence);

    [Fact]
    public void No_match_shows_every_disk_with_the_condition_that_failed()
    {
        var plan = Choose(Selector("v1.13.9", ("serial", "GONE"), ("type", "nvme")), Nvme("S1"), Osd("Z1"));
        Assert.Equal(FailureCode.DiskNone, plan.Problem!.Code);
        Assert.Equal("""
            no disk meets the conditions of n4.yaml:13 machine.install.diskSelector:
              nvme0n1 (serial S1, 512.1 GB): serial: GONE fails: it has S1
              sda (serial Z1, 4.0 TB): serial: GONE fails: it has Z1
            """, plan.Problem.Message);
        Assert.Equal("the machine shows no disk", Choose(Small).Problem!.Message);
        Assert.Equal("the machine shows no disk", Choose(Small, Nvme("S1", size: 0)).Problem!.Message);
    }

    [Fact]
    public void A_matching_disk_with_data_is_refused_and_only_its_own_serial_gives_the_data_up()
    {
        BlockDevice[] disks = [Nvme("S1") with { Signatures = [new Signature("ceph_bluestore", 10737418240)] }, Osd("Z1")];

        var refused = DiskSelection.Choose(disks, Small, null, ["Z1"]);
        Assert.Null(refused.Chosen);
        Assert.Equal(FailureCode.DiskGuarded, refused.Problem!.Code);
        Assert.Equal("nvme0n1 (serial S1, 512.1 GB) is the disk that the conditions name, but it is not to be written to:\n  data.ceph: a Ceph BlueStore OSD on the disk itself, byte 10737418240", refused.Problem.Message);
        Assert.Equal("If its data may be lost: --allow-data-loss S1", refused.Problem.Remedy);

        var allowed = DiskSelection.Choose(disks, Small, null, ["S1"]);
        Assert.Equal("S1", allowed.Chosen!.Serial);
        Assert.Equal("selected, and its data is given up by --allow-data-loss S1: data.ceph: a Ceph BlueStore OSD on the disk itself, byte 10737418240", allowed.Verdicts[0].Sentence);
        Assert.Equal("data.ceph", Assert.Single(allowed.Verdicts[0].Waived).Code);
    }

    public static TheoryData<string, BlockDevice> Unwaivable { get; } = new()
    {
        { "use.mounted", Nvme("S1") with { Mounts = ["/mnt"] } },
        { "use.swap", Nvme("S1") with { Mounts = ["[SWAP]"] } },
        { "use.held", Nvme("S1") with { Holders = [new StackedDevice("md127")] } },
        { "disk.read-only", Nvme("S1") with { ReadOnly = true } },
        { "disk.removable", Nvme("S1") with { Removable = true } },
        { "disk.removable", Nvme("S1") with { Transport = "usb" } },
        { "disk.virtual", Nvme("S1") with { Model = "QEMU HARDDISK" } },
        { "disk.virtual", Nvme("S1") with { Model = "QEMU_HARDDISK" } },
        { "disk.sector-size", Nvme("S1") with { LogicalSectorBytes = 4096 } },
        { "disk.too-small", Nvme("S1", size: 1000) },
        { "disk.no-identity", Nvme("S1") with { Serial = null, Wwn = null } },
    };

    [Theory]
    [MemberData(nameof(Unwaivable))]
    public void Nothing_gives_up_what_is_no_data(string code, BlockDevice disk)
    {
        var plan = DiskSelection.Choose([disk with { Signatures = [new Signature("xfs", 0)] }], Selector("v1.8.0", ("size", "< 1TB")), 4453302272, ["S1"]);
        Assert.Equal(FailureCode.DiskGuarded, plan.Problem!.Code);
        Assert.Contains(code, plan.Verdicts[0].Findings.Select(f => f.Code));
        Assert.Equal("This cannot be overridden. Correct the selector, or remove the cause.", plan.Problem.Remedy);
    }

    [Fact]
    public void Two_disks_that_cannot_be_told_apart_are_both_refused_and_their_serial_gives_nothing_up()
    {
        var one = Nvme("S1") with { Signatures = [new Signature("xfs", 0)], BusPath = "/a" };
        var plan = DiskSelection.Choose([one, one with { Name = "nvme1n1", BusPath = "/b" }], Selector("v1.13.9", ("busPath", "/a")), null, ["S1"]);

        Assert.Equal(FailureCode.DiskGuarded, plan.Problem!.Code);
        Assert.Equal(["data.filesystem", "disk.same-identity"], plan.Verdicts[0].Findings.Select(f => f.Code));
        Assert.Equal(["--allow-data-loss S1 had no effect: 2 disks have that serial"], plan.Warnings);
    }

    [Fact]
    public void A_serial_given_up_that_no_disk_has_is_told() =>
        Assert.Equal(["--allow-data-loss TYPO had no effect: no disk has that serial"], DiskSelection.Choose([Nvme("S1")], Small, null, ["TYPO"]).Warnings);

    [Fact]
    public void The_answer_does_not_depend_on_order_or_names()
    {
        var random = new Random(20260921);
        for (var round = 0; round < 2000; round++)
        {
            var disks = RandomMachine(random);
            var criteria = RandomCriteria(random, disks);
            var plan = DiskSelection.Choose(disks, criteria, 4453302272, []);

            BlockDevice[] shuffled = [.. disks];
            var names = shuffled.Select(d => d.Name).ToArray();
            random.Shuffle(names);
            shuffled = [.. shuffled.Select((d, i) => d with { Name = names[i] })];
            random.Shuffle(shuffled);
            var again = DiskSelection.Choose(shuffled, criteria, 4453302272, []);

            Assert.Equal(plan.Chosen?.Identity, again.Chosen?.Identity);
            Assert.Equal(plan.Problem?.Code, again.Problem?.Code);
            Assert.Equal(plan.Verdicts.Select(v => (v.Disk.Serial, v.Kind)), again.Verdicts.Select(v => (v.Disk.Serial, v.Kind)));
            if (plan.Chosen is not { } chosen) continue;
            Assert.Single(disks, d => criteria.Predicates.All(p => p.Test(new TalosDisk(d))));
            Assert.Empty(chosen.Mounts);
            Assert.Empty(chosen.Holders);
            Assert.DoesNotContain(chosen.Signatures, s => s.Kind != "gpt");
            Assert.Equal(PlanHash.Compute("n4", chosen.Identity, disks, "aa"), PlanHash.Compute("n4", again.Chosen!.Identity, shuffled, "aa"));
        }
    }

    private static BlockDevice[] RandomMachine(Random random)
    {
        string[] kinds = ["gpt", "ceph_bluestore", "lvm2_member", "linux_raid_member", "xfs"];
        return [.. Enumerable.Range(0, random.Next(1, 9)).Select(i =>
        {
            var disk = random.Next(2) == 0 ? Nvme($"S{i}", $"nvme{i}n1") : Hdd($"Z{i}", $"sd{(char)('a' + i)}");
            if (random.Next(3) == 0) disk = disk with { Signatures = [new Signature(kinds[random.Next(kinds.Length)], 0)] };
            if (random.Next(8) == 0) disk = disk with { Mounts = ["/mnt"] };
            if (random.Next(8) == 0) disk = disk with { Holders = [new StackedDevice("md127")] };
            return random.Next(8) == 0 ? disk with { Partitions = FreshTalos } : disk;
        })];
    }

    private static DiskCriteria RandomCriteria(Random random, BlockDevice[] disks) => random.Next(4) switch
    {
        0 => Selector("v1.13.9", ("serial", disks[random.Next(disks.Length)].Serial!)),
        1 => Selector("v1.8.0", ("type", "hdd")),
        2 => Selector("v1.13.9", ("wwid", TalosDisk.WwidOf(disks[random.Next(disks.Length)].Wwn))),
        _ => Small,
    };

    [Fact]
    public void The_plan_hash_changes_with_everything_that_matters()
    {
        BlockDevice[] disks = [Nvme("S1"), Osd("Z1")];
        var hash = PlanHash.Compute("n4", disks[0].Identity, disks, "aa");
        string[] others =
        [
            PlanHash.Compute("n5", disks[0].Identity, disks, "aa"),
            PlanHash.Compute("n4", disks[1].Identity, disks, "aa"),
            PlanHash.Compute("n4", disks[0].Identity, disks, "bb"),
            PlanHash.Compute("n4", disks[0].Identity, [disks[0]], "aa"),
            PlanHash.Compute("n4", disks[0].Identity, [disks[0], disks[1] with { Signatures = [] }], "aa"),
            PlanHash.Compute("n4", disks[0].Identity, [disks[0] with { Partitions = FreshTalos }, disks[1]], "aa"),
        ];
        Assert.DoesNotContain(hash, others);
        Assert.Equal(others.Length, others.Distinct().Count());
        Assert.Equal(hash, PlanHash.Compute("n4", disks[0].Identity, [disks[1] with { Name = "sdz" }, disks[0]], "aa"));
        // A card reader without a card comes and goes.
        Assert.Equal(hash, PlanHash.Compute("n4", disks[0].Identity, [.. disks, Hdd("R", "sdr", size: 0)], "aa"));
    }
}
