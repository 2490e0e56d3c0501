using Kronform.Provision.Disks;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks.Reports;

/// <summary>What <c>--save</c> keeps is for git: it changes when the machine changes, and only then.</summary>
public sealed class ReportFolderTests : IDisposable
{
    private static readonly DiskCriteria Criteria = Selector("v1.13.9", ("size", "< 1TB"));

    private static readonly BlockDevice[] Disks =
    [
        Nvme("S1") with { Signatures = [new Signature("gpt", 512)], BusPath = "/pci0000:00/0000:00:03.0/nvme", Smart = new SmartHealth(true) },
        Osd("Z1") with { Holders = [new StackedDevice("dm-0", "lvm", "vg/lv")], ByIdLinks = ["wwn-0x5000c500z1"] },
    ];

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"reports-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private static DiskReport Report(DiskInventory inventory) =>
        DiskReport.Of("n4", "v1.13.9", Criteria, DiskSelection.Choose(inventory.Disks, Criteria, null, []), inventory, new string('c', 64), null);

    private string Kept(string name) => Path.Combine(_folder, name);

    private DiskReport Save(DiskInventory inventory)
    {
        var report = Report(inventory);
        ReportFolder.Save(_folder, report, inventory);
        return report;
    }

    [Fact]
    public void The_saved_inventory_gives_the_same_plan_hash()
    {
        var report = Save(Probed(Disks));
        var again = Report(InventoryFile.Read(Kept("n4.inventory.json")));
        Assert.NotNull(report.PlanHash);
        Assert.Equal(report.PlanHash, again.PlanHash);
        Assert.Equal((InventoryState.File, InventoryState.Rescue), (again.State.Found, again.State.Taken));
        Assert.Equal(report.Machine, again.Machine);
        Assert.Equal(report.ToJson() + "\n", File.ReadAllText(Kept("n4.report.json")));
        Assert.Equal(DiskReportText.Render(report), File.ReadAllText(Kept("n4.report.txt")));
        Assert.Equal(["n4.inventory.json", "n4.report.json", "n4.report.txt"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void The_same_machine_after_a_reboot_gives_the_same_bytes_and_leaves_the_files_alone()
    {
        Save(Probed(Disks));
        var before = Directory.GetFiles(_folder).ToDictionary(f => f, f => (File.ReadAllText(f), File.GetLastWriteTimeUtc(f)));
        Save(DiskInventory.FromRescue(Host([.. Disks.Reverse()]) with { BootId = "another" }));
        Assert.Equal(3, before.Count);
        Assert.All(before, kept => Assert.Equal(kept.Value, (File.ReadAllText(kept.Key), File.GetLastWriteTimeUtc(kept.Key))));
    }

    [Fact]
    public void Another_content_of_a_disk_changes_the_files()
    {
        Save(Probed(Disks));
        string before = File.ReadAllText(Kept("n4.inventory.json"));
        Save(Probed(Disks[0], Disks[1] with { Signatures = [] }));
        Assert.NotEqual(before, File.ReadAllText(Kept("n4.inventory.json")));
    }

    [Fact]
    public void What_Talos_told_is_read_back_as_what_Talos_told()
    {
        var told = TalosInventory.Of([new Kronform.Provision.Talos.TalosDisk("sda", "/dev/sda", 1000, "S1", "", "", "sata", false, false, false)], null, null, InventoryState.Maintenance, "over its API");
        Save(told);
        var read = InventoryFile.Read(Kept("n4.inventory.json"));
        Assert.Equal((InventoryState.Maintenance, InventoryContents.NotTold), (read.Taken!.Value, read.Contents));
        Assert.Equal(told.Guesses, read.Guesses);
        Assert.Equal(DiskState.Hash(told.Disks[0]), DiskState.Hash(read.Disks[0]));
        Assert.Contains("taken from Talos in maintenance mode", read.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_told_and_leaves_what_was_there()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Kept("file"), "mine");
        var inventory = Probed(Disks);
        var failure = Assert.Throws<ProvisionException>(() => ReportFolder.Save(Path.Combine(_folder, "file"), Report(inventory), inventory));
        Assert.Equal(FailureCode.Usage, failure.Code);
        Assert.Equal("mine", File.ReadAllText(Kept("file")));
    }
}
