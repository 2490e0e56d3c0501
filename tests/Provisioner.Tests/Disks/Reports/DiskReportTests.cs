using System.Text.Json;
using System.Text.RegularExpressions;
using Kronform.Provision.Disks;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Protocol;
using Kronform.Provision.Provisioner.Tests.Disks.Inventories;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs.Acts;
using Spectre.Console;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks.Reports;

/// <summary>Reports as whole texts. UPDATE_GOLDEN=1 writes them anew; the difference is then reviewed like code.</summary>
public sealed partial class DiskReportTests
{
    private const string Image = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

    private static DiskReport Report(DiskInventory inventory, DiskCriteria criteria, params string[] allowDataLoss) =>
        DiskReport.Of("n4", "v1.13.9", criteria, DiskChoice.WithRemedy(DiskSelection.Choose(inventory.Disks, criteria, 4453302272, allowDataLoss)), inventory, Image, 4453302272);

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
        { "nvme-mixed-sizes-rescue.pairs.txt", "size", "< 1TB", "chosen" },
        { "nvme-mixed-sizes-rescue.pairs.txt", "type", "nvme", "ambiguous" },
        { "nvme-960G-plus-2x3840G-md0-rescue", "size", "< 1TB", "guarded" },
        { "nvme-960G-plus-2x3840G-md0-rescue", "size", "> 2TB", "ambiguous" },
    };

    [Theory]
    [MemberData(nameof(Inventories))]
    public void An_inventory_gives_its_reviewed_report(string inventory, string field, string value, string outcome)
    {
        var read = InventoryFile.Read(Fixtures.Inventory(inventory));
        var report = Report(read, Selector("v1.13.9", (field, value)));

        MatchesGolden($"{inventory.Replace(".txt", "", StringComparison.Ordinal)}.{outcome}.txt", DiskReportText.Render(report));
        var problem = outcome == "chosen" ? null : $"disk.{outcome}";
        Assert.Equal(problem, report.Problem?.Code);
        Assert.Null(report.PlanHash);
        Assert.Equal(DiskReportText.Render(report), DiskReportText.Render(Report(read with { Disks = [.. read.Disks.Reverse()] }, Selector("v1.13.9", (field, value)))));
    }

    [Fact]
    public void Every_inventory_has_a_report_or_a_refusal_that_was_reviewed()
    {
        var reviewed = Inventories.Select(row => row.Data.Item1).Concat(InventoryFileTests.Refused.Select(row => row.Data.Item1)).ToHashSet();
        Assert.Empty(Fixtures.Inventories.Except(reviewed));
        Assert.True(reviewed.Count >= 11, $"only {reviewed.Count} inventories");
    }

    private static DiskReport Threatened() => Report(
        Probed(
            Nvme("S1") with { Signatures = [new Signature("gpt", 512), new Signature("lvm2_member", 1048576, "old")] },
            Hdd("Z1") with { Partitions = [.. FreshTalos, Part(5, "STATE", "xfs")], Signatures = [new Signature("gpt", 512)], ByIdLinks = ["ata-ST4000NM0024-1HT178_Z1"] },
            Osd("Z2", "sdb")),
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

    [Fact]
    public void What_only_the_agent_sees_is_in_the_report()
    {
        var disks = new[]
        {
            Nvme("S1") with { BootCode = true, Smart = new SmartHealth(true) },
            Hdd("Z1") with
            {
                Smart = new SmartHealth(false, "critical warning 0x04"),
                Holders = [new StackedDevice("md127", "raid1", "rescue:2", "0a5cbf6e:beb68980:83209036:5c5ba4bc"), new StackedDevice("dm-0", "lvm", "vg0/root")],
                Partitions = [Part(1, "EFI", "vfat"), Part(4, "META") with { Table = PartitionTables.GptBackup }, Part(7, null) with { Table = PartitionTables.Kernel }],
            },
        };
        disks[1] = disks[1] with { Partitions = [disks[1].Partitions[0] with { PartUuid = "0a5cbf6e-0001" }, .. disks[1].Partitions.Skip(1)] };
        var boot = new EfiBoot("0003",
        [
            new EfiBootEntry("0003", "UEFI PXE IPv4", true, true, true),
            new EfiBootEntry("0001", "debian", true, true, false, "0A5CBF6E-0001", @"\EFI\debian\shimx64.efi"),
            new EfiBootEntry("0007", "switched off", false, true, false),
            new EfiBootEntry("0008", "not in the order", true, false, false),
        ]);
        var inventory = DiskInventory.FromRescue(Host(disks) with { EfiBoot = boot });
        MatchesGolden("agent.txt", DiskReportText.Render(Report(inventory, Selector("v1.13.9", ("size", "< 1TB")))));
    }

    [Fact]
    public void A_terminal_shows_the_same_text_with_the_chosen_disk_green_and_threats_red()
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.Standard, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = 40;
        new ConsoleReporter(console, TimeProvider.System, showTimings: false).Disks("n4", Threatened());

        var coloured = writer.ToString();
        Assert.Equal(DiskReportText.Render(Threatened()), Colour().Replace(coloured, ""));
        string[] lines = coloured.Split('\n');
        Assert.Contains("\u001b[32m*  nvme0n1", Assert.Single(lines, l => l.Contains("*  nvme0n1", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.All(lines.Where(l => l.Contains("threat: ", StringComparison.Ordinal)), l => Assert.Contains("\u001b[91mboot.talos", l, StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("notice:  \u001b[93mboot.efi-system", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("\u001b[91mStopped (disk.boot-threat)", StringComparison.Ordinal));
    }

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex Colour();

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
