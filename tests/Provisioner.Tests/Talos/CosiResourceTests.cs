using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kronform.Provision.Talos;
using Kronform.Provision.Talos.Protos.Cosi;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Talos;

/// <summary>Resources are read alike from YAML, whose key style varies by version, and from protobuf.</summary>
public sealed class CosiResourceTests
{
    [Theory]
    [InlineData("stage: booting\nstatus:\n    ready: false\n    unmetConditions:\n        - name: services\n          reason: etcd\n")]
    [InlineData("stage: booting\nstatus: {ready: false, unmet_conditions: [{name: services, reason: etcd}]}")]
    public void A_machine_status_is_read_from_YAML(string yaml) => AssertBooting(CosiResource.MachineStatus(Resource(yaml)));

    [Fact]
    public void A_machine_status_is_read_from_protobuf() => AssertBooting(CosiResource.MachineStatus(Resource("", new MachineStatusSpec
    {
        Stage = MachineStatusSpec.Types.Stage.Booting,
        Status = new() { UnmetConditions = { new MachineStatusSpec.Types.UnmetCondition { Name = "services", Reason = "etcd" } } },
    })));

    [Fact]
    public void A_node_in_Kubernetes_and_a_diagnostic_are_the_same_from_either_form()
    {
        var cordoned = new TalosKubernetesNode("n1", true, true);
        Assert.Equal(cordoned, CosiCluster.KubernetesNode(Resource("nodename: n1\nnodeReady: true\nunschedulable: true\n")));
        Assert.Equal(cordoned, CosiCluster.KubernetesNode(Resource("", new NodeStatusSpec { Nodename = "n1", NodeReady = true, Unschedulable = true })));
        Assert.Equal("overlap", CosiCluster.Diagnostic(Resource("message: overlap\ndetails: [a]\n")).Message);
        Assert.Equal("overlap", CosiCluster.Diagnostic(Resource("", new DiagnosticSpec { Message = "overlap" })).Message);
    }

    [Fact]
    public void A_static_pod_is_the_same_from_either_form()
    {
        const string id = "kube-system/kube-apiserver-n1";
        var condition = new Struct { Fields = { ["type"] = Value.ForString("Ready"), ["status"] = Value.ForString("False"), ["message"] = Value.ForString("why") } };
        var status = new Struct { Fields = { ["phase"] = Value.ForString("Running"), ["conditions"] = Value.ForList(Value.ForNull(), Value.ForStruct(condition)) } };
        var sick = new TalosStaticPod(id, "Running", false, "why");
        Assert.Equal(sick, CosiCluster.StaticPod(Resource("conditions:\n    - {type: Initialized, status: \"True\"}\n    - {type: Ready, status: \"False\", message: why}\nphase: Running\n", id: id)));
        Assert.Equal(sick, CosiCluster.StaticPod(Resource("", new StaticPodStatusSpec { PodStatus = status }, id)));
        Assert.Equal(new TalosStaticPod(id, "Pending", false, ""), CosiCluster.StaticPod(Resource("phase: Pending\n", id: id)));
        Assert.True(CosiCluster.StaticPod(Resource("conditions: [{type: Ready, status: \"True\"}]\nphase: Running\n", id: id)).Ready);
    }

    [Theory]
    [InlineData("shutting down", TalosStage.ShuttingDown)]
    [InlineData("maintenance", TalosStage.Maintenance)]
    [InlineData("something new", TalosStage.Unknown)]
    public void Stages_have_the_names_Talos_gives_them(string text, TalosStage stage) =>
        Assert.Equal(stage, CosiResource.MachineStatus(Resource($"stage: {text}\n")).Stage);

    [Fact]
    public void A_disk_is_the_same_from_either_form()
    {
        const string Yaml =
            """
            dev_path: /dev/sda
            size: 4000787030016
            readonly: false
            cdrom: false
            model: ST4000NM
            serial: '  ZC1  '
            wwid: naa.5000c500a1b2c3d4
            transport: sata
            rotational: true
            size_in_words: 4 TB
            sector_size: 512
            io_size: 4096
            bus_path: /pci0000:00/ata1
            modalias: scsi:t-0x00
            uuid: 0a5c
            symlinks:
                - /dev/disk/by-id/wwn-0x5000c500a1b2c3d4
            """;
        var proto = new DiskSpec
        {
            DevPath = "/dev/sda", Size = 4000787030016, Model = "ST4000NM", Serial = "ZC1", Wwid = "naa.5000c500a1b2c3d4", Transport = "sata", Rotational = true,
            SectorSize = 512, IoSize = 4096, BusPath = "/pci0000:00/ata1", Modalias = "scsi:t-0x00", Uuid = "0a5c", Symlinks = { "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4" },
        };

        var disk = CosiResource.Disk(Resource(Yaml, id: "sda"));

        Assert.Equal(
            new TalosDisk("sda", "/dev/sda", 4000787030016, "ZC1", "naa.5000c500a1b2c3d4", "ST4000NM", "sata", Rotational: true, ReadOnly: false, CdRom: false)
            {
                SectorBytes = 512, IoBytes = 4096, BusPath = "/pci0000:00/ata1", Modalias = "scsi:t-0x00", Uuid = "0a5c",
            },
            disk with { Symlinks = [] });
        Assert.Equal(["/dev/disk/by-id/wwn-0x5000c500a1b2c3d4"], disk.Symlinks);
        var same = CosiResource.Disk(Resource("", proto, "sda"));
        Assert.Equal(disk with { Symlinks = [] }, same with { Symlinks = [] });
        Assert.Equal(disk.Symlinks, same.Symlinks);
    }

    [Theory]
    [InlineData("size: 1048576\nname: talosmeta\nparent: sda\npartition_index: 4\npartition_label: META\npartition_uuid: 8b\npartition_type: 0fc63daf\noffset: 2202009600\n")]
    [InlineData("size: 1048576\nname: talosmeta\nparent: sda\npartitionIndex: 4\npartitionLabel: META\npartitionUUID: 8b\npartitionType: 0fc63daf\noffset: 2202009600\n")]
    [InlineData("size: 1048576\nname: talosmeta\nparent_dev_path: /dev/sda\npartition_index: 4\npartition_label: META\npartition_uuid: 8b\npartition_type: 0fc63daf\noffset: 2202009600\n")]
    public void A_volume_is_the_same_from_every_form(string yaml)
    {
        var expected = new TalosVolume("sda4", "sda", "talosmeta", "", "", 1048576)
        {
            PartitionIndex = 4, PartitionLabel = "META", PartitionUuid = "8b", PartitionType = "0fc63daf", OffsetBytes = 2202009600,
        };
        var proto = new DiscoveredVolumeSpec
        {
            Size = 1048576, Name = "talosmeta", Parent = "sda", PartitionIndex = 4, PartitionLabel = "META", PartitionUuid = "8b", PartitionType = "0fc63daf", Offset = 2202009600,
        };
        Assert.Equal(expected, CosiResource.Volume(Resource(yaml, id: "sda4")));
        Assert.Equal(expected, CosiResource.Volume(Resource("", proto, "sda4")));
    }

    [Theory]
    [InlineData("value: 0123", "0123")]
    [InlineData("value: \"a: b\\nc\"", "a: b\nc")]
    [InlineData("value: |-\n    two\n    lines", "two\nlines")]
    public void A_META_value_stays_the_text_it_is(string yaml, string value) => Assert.Equal(value, CosiResource.MetaKey(Resource(yaml)));

    [Fact]
    public void A_META_value_is_the_same_from_protobuf() =>
        Assert.Equal("a: b\nc", CosiResource.MetaKey(Resource("", new MetaKeySpec { Value = "a: b\nc" })));

    [Fact]
    public void A_version_is_the_same_from_either_form()
    {
        Assert.Equal("v1.12.11", CosiResource.Version(Resource("version: v1.12.11\n")));
        Assert.Equal("v1.12.11", CosiResource.Version(Resource("", new VersionSpec { Version = "v1.12.11" })));
    }

    [Theory]
    [InlineData("diskID: nvme0n1\ndevPath: /dev/nvme0n1\n")]
    [InlineData("disk_id: nvme0n1\ndev_path: /dev/nvme0n1\n")]
    public void A_system_disk_is_the_same_from_every_form(string yaml)
    {
        var expected = new TalosSystemDisk("nvme0n1", "/dev/nvme0n1");
        Assert.Equal(expected, CosiResource.SystemDisk(Resource(yaml)));
        Assert.Equal(expected, CosiResource.SystemDisk(Resource("", new SystemDiskSpec { DiskId = "nvme0n1", DevPath = "/dev/nvme0n1" })));
    }

    [Fact]
    public void A_watch_gives_each_state_in_either_form_and_null_for_what_is_gone()
    {
        var yaml = new Event { EventType = Event.Types.Type.Created, Resource = Resource("stage: booting") };
        var proto = new Event { EventType = Event.Types.Type.Updated, Resource = Resource("", new MachineStatusSpec { Stage = MachineStatusSpec.Types.Stage.Running }) };
        var gone = new Event { EventType = Event.Types.Type.Destroyed, Resource = new Resource { Metadata = new Metadata { Id = "machine" } } };
        var others = new[] { Event.Types.Type.Bootstrapped, Event.Types.Type.Noop }.Select(t => new Event { EventType = t });

        var stages = CosiResource.Changes(new WatchResponse { Event = { yaml, others, proto, gone } })
            .Select(r => r is null ? (TalosStage?)null : CosiResource.MachineStatus(r).Stage);

        Assert.Equal([TalosStage.Booting, TalosStage.Running, null], stages);
        Assert.Empty(CosiResource.Changes(new WatchResponse()));
    }

    [Fact]
    public void A_watch_that_the_node_gives_up_is_an_error()
    {
        var answer = new WatchResponse { Event = { new Event { EventType = Event.Types.Type.Errored, Error = "buffer overrun" } } };

        var e = Assert.Throws<TalosRpcException>(() => CosiResource.Changes(answer).ToList());

        Assert.Equal((GrpcCode.Aborted, "the watch ended: buffer overrun"), (e.Code, e.Detail));
    }

    [Fact]
    public void YAML_that_cannot_be_read_leaves_protobuf() =>
        Assert.Equal("nonce", CosiResource.MetaKey(Resource("{{", new MetaKeySpec { Value = "nonce" })));

    private static void AssertBooting(TalosMachineStatus status)
    {
        Assert.Equal((TalosStage.Booting, false), (status.Stage, status.Ready));
        Assert.Equal(new TalosUnmetCondition("services", "etcd"), Assert.Single(status.Unmet));
    }

    private static Resource Resource(string yaml, IMessage? proto = null, string id = "machine") => new()
    {
        Metadata = new Metadata { Id = id }, Spec = new Spec { YamlSpec = yaml, ProtoSpec = proto?.ToByteString() ?? ByteString.Empty },
    };
}
