using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Protocol;
using Kronform.Provision.Runs.Acts;
using Kronform.Provision.Talos;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks.Inventories;

/// <summary>What Talos tells is taken over whole, and what it does not tell is never taken for "nothing there".</summary>
public sealed class TalosInventoryTests
{
    private const string Disks = """
        node: 10.77.0.14
        metadata:
            namespace: runtime
            type: Disks.block.talos.dev
            id: nvme0n1
        spec:
            dev_path: /dev/nvme0n1
            size: 512110190592
            io_size: 4096
            sector_size: 4096
            readonly: false
            cdrom: false
            model: SAMSUNG MZVL2512HCJQ-00B00
            serial: S64KNX0T000001
            wwid: eui.0025388b01000001
            bus_path: /pci0000:00/0000:00:03.0/nvme
            transport: nvme
            uuid: 0a5cbf6e-beb6-8980-8320-90365c5ba4bc
            symlinks:
                - /dev/disk/by-diskseq/9
                - /dev/disk/by-id/nvme-eui.0025388b01000001
        ---
        node: 10.77.0.14
        metadata: {namespace: runtime, type: Disks.block.talos.dev, id: sda}
        spec: {dev_path: /dev/sda, size: 4000787030016, io_size: 4096, sector_size: 512, model: ST4000NM0024-1HT, modalias: "scsi:t-0x00", serial: Z4F000001, wwid: naa.5000c50079000001, transport: sata, rotational: true}
        ---
        node: 10.77.0.14
        metadata: {namespace: runtime, type: Disks.block.talos.dev, id: loop0}
        spec: {dev_path: /dev/loop0, size: 73728, readonly: true}
        """;

    private const string Volumes = """

        ---
        metadata: {namespace: runtime, type: DiscoveredVolumes.block.talos.dev, id: nvme0n1}
        spec: {dev_path: /dev/nvme0n1, type: disk, size: 512110190592, name: gpt, uuid: 7a}
        ---
        metadata: {namespace: runtime, type: DiscoveredVolumes.block.talos.dev, id: nvme0n1p4}
        spec: {type: partition, size: 1048576, name: talosmeta, parent: nvme0n1, partition_index: 4, partition_label: META, partition_type: 0fc63daf-8483-4772-8e79-3d69d8477de4, partition_uuid: 8b, offset: 2202009600}
        ---
        metadata: {namespace: runtime, type: DiscoveredVolumes.block.talos.dev, id: sda}
        spec: {dev_path: /dev/sda, type: disk, size: 4000787030016, name: bluestore}
        ---
        metadata: {namespace: runtime, type: SystemDisks.block.talos.dev, id: system-disk}
        spec: {diskID: nvme0n1, devPath: /dev/nvme0n1}
        """;

    [Fact]
    public void Everything_Talos_tells_of_a_disk_is_taken_over_and_loop_devices_are_not()
    {
        var read = InventoryFile.Parse(Disks);
        Assert.Equal(["nvme0n1", "sda"], read.Disks.Select(d => d.Name));
        var nvme = read.Disks[0];
        Assert.Equal((4096, 4096), (nvme.LogicalSectorBytes, nvme.PhysicalSectorBytes));
        Assert.Equal(["nvme-eui.0025388b01000001"], nvme.ByIdLinks);
        Assert.Equal(("/pci0000:00/0000:00:03.0/nvme", "0a5cbf6e-beb6-8980-8320-90365c5ba4bc", "nvme"), (nvme.BusPath, nvme.Uuid, nvme.Transport));
        var sda = read.Disks[1];
        Assert.Equal((512, 4096, "0x5000c50079000001", "scsi:t-0x00", true), (sda.LogicalSectorBytes, sda.PhysicalSectorBytes, sda.Wwn, sda.Modalias, sda.Rotational));
    }

    [Fact]
    public void Without_volumes_every_disk_counts_as_full()
    {
        var read = InventoryFile.Parse(Disks);
        Assert.Equal(InventoryContents.NotTold, read.Contents);
        var plan = DiskChoice.WithRemedy(Kronform.Provision.Disks.DiskSelection.Choose(read.Disks, Selector("v1.13.9", ("serial", "Z4F000001")), null, []));
        Assert.Equal("disk.guarded", plan.Problem!.Code.Name);
        Assert.StartsWith("What is on it cannot be seen from here.", plan.Problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Volumes_tell_marks_partitions_and_the_disk_Talos_runs_from()
    {
        var read = InventoryFile.Parse(Disks + Volumes);
        Assert.Equal(InventoryContents.Partial, read.Contents);
        Assert.Equal([new Signature("gpt", 4096, null, "7a")], read.Disks[0].Signatures);
        Assert.Equal([new Signature("ceph_bluestore", 0)], read.Disks[1].Signatures);
        Assert.Equal(["the running Talos"], read.Disks[0].Mounts);
        var meta = Assert.Single(read.Disks[0].Partitions);
        Assert.Equal((4, "META", 2202009600, "8b", "0FC63DAF-8483-4772-8E79-3D69D8477DE4"), (meta.Number, meta.Label, meta.OffsetBytes, meta.PartUuid, meta.Type));
        Assert.Equal([new Signature("talosmeta", 2202009600)], meta.Signatures);
    }

    [Fact]
    public void Its_report_says_that_it_is_Taloss_own_view_and_has_no_plan_hash()
    {
        var read = InventoryFile.Parse(Disks.Replace("4096", "512", StringComparison.Ordinal) + Volumes.Replace("diskID: nvme0n1", "diskID: sdz", StringComparison.Ordinal)) with
        {
            Found = InventoryState.Maintenance, Evidence = "in Talos's maintenance mode, over its API",
        };
        var criteria = Selector("v1.13.9", ("size", "< 1TB"));
        var report = DiskReport.Of("n4", "v1.13.9", criteria, Kronform.Provision.Disks.DiskSelection.Choose(read.Disks, criteria, null, []), read, new string('c', 64), null);
        var text = DiskReportText.Render(report);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(Fixtures.Golden("talos-maintenance.txt"), text);
        Assert.Equal(File.ReadAllText(Fixtures.Golden("talos-maintenance.txt")), text);
        Assert.Null(report.PlanHash);
    }

    [Fact]
    public void The_JSON_of_talosctl_is_read_like_its_YAML()
    {
        var read = InventoryFile.Parse("""
            {
                "metadata": {"id": "sda", "type": "Disks.block.talos.dev"},
                "spec": {"dev_path": "/dev/sda", "size": 4000787030016, "sector_size": 512, "serial": "Z4F000001", "rotational": true, "symlinks": ["/dev/disk/by-id/wwn-1"]}
            }
            {
                "metadata": {"id": "sdb", "type": "Disks.block.talos.dev"},
                "spec": {"dev_path": "/dev/sdb", "size": 4000787030016, "serial": "Z4F000002"}
            }
            """);
        Assert.Equal(["Z4F000001", "Z4F000002"], read.Disks.Select(d => d.Serial));
        Assert.Equal((true, "wwn-1"), (read.Disks[0].Rotational, read.Disks[0].ByIdLinks[0]));
        Assert.Contains("the sector size of sdb is not told: 512 bytes were assumed", read.Guesses);
        Assert.Contains("the transport of sda, sdb is not told", read.Guesses);
    }

    [Fact]
    public void Disks_of_old_versions_which_tell_no_transport_are_not_left_out()
    {
        TalosDisk[] disks = [new("sda", "/dev/sda", 1000, "S1", "", "", "", false, false, false), new("md0", "/dev/md0", 1000, "", "", "", "", false, false, false), new("sr0", "/dev/sr0", 1000, "", "", "", "", false, false, true)];
        Assert.Equal(["sda"], TalosInventory.Of(disks, null, null, InventoryState.Maintenance, "").Disks.Select(d => d.Name));
    }

    [Theory]
    [InlineData("metadata: {type: Volumes.block.talos.dev}", "line 1: it has no disks; save talosctl get disks -o yaml")]
    [InlineData("metadata: {type: Disks.block.talos.dev, id: sda}\nspec: {size: 480 GB, serial: S1}", "line 1: sda has no size in bytes; save talosctl get disks -o yaml")]
    [InlineData("metadata: {type: Disks.block.talos.dev\nspec: [", "line 1: it is not YAML; save the whole output of talosctl get disks -o yaml")]
    [InlineData("metadata:\n  type: Disks.block.talos.dev\n  - id", "line 3: it is not YAML; save the whole output of talosctl get disks -o yaml")]
    [InlineData("{\"metadata\": {\"type\": \"Disks.block.talos.dev\"},\n", "line 2: it is not JSON; save the whole output of talosctl get disks -o json")]
    public void Faults_are_told_with_their_line(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<FormatException>(() => InventoryFile.Parse(text)).Message);
}
