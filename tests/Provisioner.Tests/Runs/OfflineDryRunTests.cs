using System.Text.Json;
using Kronform.Provision.Commands;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Provisioner.Tests.Cluster;
using Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;
using Kronform.Provision.Provisioner.Tests.Disks;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Runs;

/// <summary>
/// A dry run of a file, in a folder that has provision.yaml and a machine config and nothing else: no SSH key, no credentials, no
/// agent, no image.
/// </summary>
public sealed class OfflineDryRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("offline-").FullName;

    public OfflineDryRunTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "machineconfigs"));
        Write("provision.yaml", ProvisionYaml.With("\n    disk: { serial: S64KNX0T000001 }", "").Replace("url: https://github.com/siderolabs/talos/releases/download/v1.13.9/metal-amd64.raw.zst", "file: not-here.raw.zst", StringComparison.Ordinal));
        Write("machineconfigs/n4.yaml", SampleConfig.Text);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private string Inventory(params BlockDevice[] disks) => Write("inventory.json", JsonSerializer.Serialize(Host(disks), ProtocolJson.Default.HostInventory));

    private (NodeResult Result, DiskReport? Report) Run(string inventory, string node = "n4", string? save = null)
    {
        var told = new Told();
        var request = new ProvisionRequest { Nodes = [node], File = Path.Combine(_folder, "provision.yaml"), DryRun = true, Inventory = inventory, Save = save };
        return (OfflineDryRun.RunAsync(request, told, TimeProvider.System, TestContext.Current.CancellationToken).GetAwaiter().GetResult(), told.Report);
    }

    [Fact]
    public void One_clean_disk_ends_with_0_and_a_plan_hash()
    {
        var (result, report) = Run(Inventory(Nvme("S1"), Osd("Z1")));
        Assert.Equal((0, false), (result.ExitCode, result.Changed));
        Assert.Equal("would be written to the disk with serial S1; nothing was touched", result.Summary);
        Assert.Equal(PlanHash.Compute("n4", Nvme("S1").Identity, [Osd("Z1"), Nvme("S1")], ProvisionYaml.Digest), report!.PlanHash);
        Assert.Empty(result.Time!.Waiting);
    }

    [Fact]
    public void Every_answer_that_is_not_one_clean_disk_has_its_exit_code()
    {
        Assert.Equal(FailureCode.DiskNone, Run(Inventory(Osd("Z1"))).Result.Failure!.Code);
        Assert.Equal(FailureCode.DiskAmbiguous, Run(Inventory(Nvme("S1"), Nvme("S2", "nvme1n1"))).Result.Failure!.Code);
        Assert.Equal(FailureCode.DiskGuarded, Run(Inventory(Nvme("S1") with { Signatures = [new Signature("ceph_bluestore", 0)] })).Result.Failure!.Code);
        Assert.Equal(FailureCode.BootThreat, Run(Inventory(Nvme("S1"), Hdd("Z1") with { Partitions = [Part(5, "STATE", "xfs")] })).Result.Failure!.Code);
        Assert.Equal(FailureCode.UnknownNode, Run(Inventory(Nvme("S1")), "n9").Result.Failure!.Code);
        Assert.Equal(FailureCode.Usage, Run(Path.Combine(_folder, "none.json")).Result.Failure!.Code);
        Write("machineconfigs/n4.yaml", SampleConfig.With("size: < 1TB", "size: large"));
        Assert.Equal(FailureCode.MachineConfigInvalid, Run(Inventory(Nvme("S1"))).Result.Failure!.Code);
        Write("provision.yaml", "cluster: [");
        Assert.Equal(FailureCode.ConfigInvalid, Run(Inventory(Nvme("S1"))).Result.Failure!.Code);
    }

    [Fact]
    public void The_report_is_told_and_kept_also_when_nothing_was_chosen()
    {
        string kept = Path.Combine(_folder, "reports");
        var (result, report) = Run(Inventory(Osd("Z1")), save: kept);
        Assert.Equal("disk.none", report!.Problem!.Code);
        Assert.Equal(result.ExitCode, report.Problem.ExitCode);
        Assert.Equal(DiskReportText.Render(report), File.ReadAllText(Path.Combine(kept, "n4.report.txt")));
    }

    [Fact]
    public void What_was_saved_is_what_the_next_dry_run_can_start_from()
    {
        string kept = Path.Combine(_folder, "reports");
        var first = Run(Inventory(Nvme("S1"), Osd("Z1")), save: kept).Report!;
        var second = Run(Path.Combine(kept, "n4.inventory.json")).Report!;
        Assert.NotNull(first.PlanHash);
        Assert.Equal(first.PlanHash, second.PlanHash);
    }

    private sealed class Told : IRunReporter
    {
        public DiskReport? Report { get; private set; }

        public void PhaseStarted(string node, RunPhase phase, string text)
        {
        }

        public void Note(string node, string text)
        {
        }

        public void Status(string node, string text, long? done, long? total)
        {
        }

        public void Disks(string node, DiskReport report) => Report = report;

        public void Finished(NodeResult result)
        {
        }
    }
}
