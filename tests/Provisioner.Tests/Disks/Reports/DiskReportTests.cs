using System.Text.Json;
using Kronform.Provision.Disks;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks.Reports;

/// <summary>Reports as whole texts. UPDATE_GOLDEN=1 writes them anew; the difference is then reviewed like code.</summary>
public sealed class DiskReportTests
{
    private const string Image = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

    private static DiskReport Report(IReadOnlyList<BlockDevice> disks, DiskCriteria criteria, params string[] allowDataLoss) =>
        DiskReport.Of("n4", "v1.13.9", criteria, DiskSelection.Choose(disks, criteria, 4453302272, allowDataLoss), Image, 4453302272);

    private static void MatchesGolden(string name, string actual)
    {
        var file = Fixtures.Golden(name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(file, actual);
        Assert.Equal(File.ReadAllText(file), actual);
    }

    public static TheoryData<string, string, string, string> Inventories { get; } = new()
    {
        { "kronform-n2-like", "size", "< 1TB", "chosen" },
        { "kronform-n2-like", "type", "hdd", "ambiguous" },
        { "kronform-n2-like", "serial", "Z4F000002", "guarded" },
        { "kronform-n2-like", "serial", "S4GJNX0R618284", "none" },
        { "nvme-pair-identical-empty", "size", "< 2TB", "ambiguous" },
        { "nvme-pair-identical-empty", "wwid", "eui.0025388b01000002", "chosen" },
        { "ax41-nvme-pair-installimage-uefi-raid1-lvm", "serial", "S64KNX0T000001", "guarded" },
        { "udev-not-settled-empty-wwn", "type", "nvme", "ambiguous" },
    };

    [Theory]
    [MemberData(nameof(Inventories))]
    public void An_inventory_gives_its_reviewed_report(string inventory, string field, string value, string outcome)
    {
        var disks = LsblkJson.Parse(File.ReadAllText(Fixtures.Inventory(inventory)));
        var report = Report(disks, Selector("v1.13.9", (field, value)));

        MatchesGolden($"{inventory}.{outcome}.txt", DiskReportText.Render(report));
        var problem = outcome == "chosen" ? null : $"disk.{outcome}";
        Assert.Equal(problem, report.Problem?.Code);
        Assert.Equal(DiskReportText.Render(report), DiskReportText.Render(Report([.. disks.Reverse()], Selector("v1.13.9", (field, value)))));
    }

    private static DiskReport Threatened() => Report(
        [
            Nvme("S1") with { Signatures = [new Signature("gpt", 512), new Signature("lvm2_member", 1048576, "old")] },
            Hdd("Z1") with { Partitions = [.. FreshTalos, Part(5, "STATE", "xfs")], Signatures = [new Signature("gpt", 512)], ByIdLinks = ["ata-ST4000NM0024-1HT178_Z1"] },
            Osd("Z2", "sdb"),
        ],
        Selector("v1.13.9", ("size", "< 1TB")), "S1", "TYPO");

    [Fact]
    public void Given_up_data_threats_and_warnings_are_all_in_the_report() => MatchesGolden("threatened.txt", DiskReportText.Render(Threatened()));

    [Fact]
    public void The_JSON_form_is_stable()
    {
        var json = Threatened().ToJson();
        MatchesGolden("threatened.json", json + "\n");
        using var document = JsonDocument.Parse(json);
        Assert.Equal("disk.boot-threat", document.RootElement.GetProperty("problem").GetProperty("code").GetString());
        Assert.Equal(64, document.RootElement.GetProperty("planHash").GetString()!.Length);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 kB")]
    [InlineData(999_949, "999.9 kB")]
    [InlineData(999_950, "1.0 MB")]
    [InlineData(4000787030016, "4.0 TB")]
    [InlineData(512110190592, "512.1 GB")]
    public void Sizes_are_written_as_on_the_disks_label(long bytes, string expected) => Assert.Equal(expected, ByteCount.Text(bytes));
}
