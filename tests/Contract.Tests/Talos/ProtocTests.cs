extern alias provisioner;

using System.Diagnostics;
using System.Reflection;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using provisioner::Kronform.Provision.Talos.Protos.Common;
using provisioner::Kronform.Provision.Talos.Protos.Cosi;
using provisioner::Kronform.Provision.Talos.Protos.Machine;
using provisioner::Kronform.Provision.Talos.Protos.Storage;
using Xunit;
using OldDisks = provisioner::Kronform.Provision.Talos.Protos.Storage.Disks;
using Version = provisioner::Kronform.Provision.Talos.Protos.Machine.Version;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>
/// The bytes of our messages read and written by protoc. It is given field numbers taken from Talos's documentation and not our
/// .proto files, so that a wrong number shows. Many texts begin with n or v: without a schema protoc takes what could be a
/// message for one, and no message begins with those letters.
/// </summary>
public sealed class ProtocTests
{
    public static TheoryData<string, IMessage, string> Messages { get; } = new()
    {
        {
            "ApplyConfiguration's request",
            new ApplyConfigurationRequest { Data = ByteString.CopyFromUtf8("a: 1"), Mode = ApplyConfigurationRequest.Types.Mode.Auto, DryRun = true, TryModeTimeout = new Duration { Seconds = 60 } },
            """1: "a: 1" 4: 1 5: 1 6 { 1: 60 }"""
        },
        {
            "ApplyConfiguration's answer",
            new ApplyConfigurationResponse { Messages = { new ApplyConfiguration { Warnings = { "old field" }, Mode = ApplyConfigurationRequest.Types.Mode.NoReboot, ModeDetails = "done" } } },
            """1 { 2: "old field" 3: 2 4: "done" }"""
        },
        {
            "Version's answer",
            new VersionResponse { Messages = { new Version { Metadata = new() { Hostname = "n1" }, Version_ = new VersionInfo { Tag = "v1.13.9", Arch = "amd64" }, Platform = new PlatformInfo { Name = "nocloud", Mode = "nocloud" } } } },
            """1 { 1 { 1: "n1" } 2 { 1: "v1.13.9" 6: "amd64" } 3 { 1: "nocloud" 2: "nocloud" } }"""
        },
        {
            "an answer of a node that failed",
            new BootstrapResponse { Messages = { new Bootstrap { Metadata = new() { Hostname = "n2", Error = "boom", Status = new RpcStatus { Code = 14, Message = "down", Details = { new Any { TypeUrl = "t/x", Value = ByteString.CopyFromUtf8("v") } } } } } } },
            """1 { 1 { 1: "n2" 2: "boom" 3 { 1: 14 2: "down" 3 { 1: "t/x" 2: "v" } } } }"""
        },
        { "Bootstrap's request", new BootstrapRequest { RecoverEtcd = true, RecoverSkipHashCheck = true }, "1: 1 2: 1" },
        {
            "ServiceList's answer",
            new ServiceListResponse { Messages = { new ServiceList { Services = { new ServiceInfo { Id = "etcd", State = "Preparing", Events = new ServiceEvents { Events = { new ServiceEvent { Msg = "Running pre state", State = "Preparing" } } }, Health = new ServiceHealth { Unknown = true, LastMessage = "soon" } } } } } },
            """1 { 2 { 1: "etcd" 2: "Preparing" 3 { 1 { 1: "Running pre state" 2: "Preparing" } } 4 { 1: 1 3: "soon" } } }"""
        },
        {
            "EtcdMemberList's answer",
            new EtcdMemberListResponse { Messages = { new EtcdMembers { LegacyMembers = { "n1" }, Members = { new EtcdMember { Id = 77, Hostname = "n1", PeerUrls = { "p" }, ClientUrls = { "c" }, IsLearner = true } } } } },
            """1 { 2: "n1" 3 { 2: 77 3: "n1" 4: "p" 5: "c" 6: 1 } }"""
        },
        { "Get's request", new GetRequest { Namespace = "runtime", Type = "MetaKeys.runtime.talos.dev", Id = "nodename" }, """1: "runtime" 2: "MetaKeys.runtime.talos.dev" 3: "nodename" """ },
        {
            "a resource",
            new GetResponse { Resource = new() { Metadata = new() { Namespace = "runtime", Type = "T", Id = "i", Version = "3", Owner = "o", Phase = "running" }, Spec = new Spec { ProtoSpec = new MetaKeySpec { Value = "nonce" }.ToByteString(), YamlSpec = "value: nonce" } } },
            """1 { 1 { 1: "runtime" 2: "T" 3: "i" 4: "3" 5: "o" 6: "running" } 2 { 1 { 1: "nonce" } 2: "value: nonce" } }"""
        },
        {
            "a machine status",
            new MachineStatusSpec { Stage = MachineStatusSpec.Types.Stage.Running, Status = new() { Ready = true, UnmetConditions = { new MachineStatusSpec.Types.UnmetCondition { Name = "time", Reason = "off" } } } },
            """1: 4 2 { 1: 1 2 { 1: "time" 2: "off" } }"""
        },
        {
            "a disk",
            new DiskSpec { Size = 512, IoSize = 4096, SectorSize = 512, Readonly = true, Model = "M", Serial = "S", Modalias = "m", Wwid = "W", BusPath = "b", SubSystem = "s", Transport = "nvme", Rotational = true, Cdrom = true, DevPath = "/dev/x", PrettySize = "p", Uuid = "u", Symlinks = { "l" } },
            """1: 512 2: 4096 3: 512 4: 1 5: "M" 6: "S" 7: "m" 8: "W" 9: "b" 10: "s" 11: "nvme" 12: 1 13: 1 14: "/dev/x" 15: "p" 17: "u" 18: "l" """
        },
        {
            "a volume",
            new DiscoveredVolumeSpec { Size = 1, Name = "xfs", Uuid = "u", Label = "l", PartitionUuid = "np", PartitionType = "nt", PartitionLabel = "NETA", PartitionIndex = 4, Type = "nart", DevicePath = "nd", Parent = "nsda", DevPath = "/dev/sda4", ParentDevPath = "/dev/sda", Offset = 99 },
            """1: 1 4: "xfs" 5: "u" 6: "l" 10: "np" 11: "nt" 12: "NETA" 13: 4 14: "nart" 15: "nd" 16: "nsda" 17: "/dev/sda4" 18: "/dev/sda" 20: 99"""
        },
        { "the system disk", new SystemDiskSpec { DiskId = "sda", DevPath = "/dev/sda" }, """1: "sda" 2: "/dev/sda" """ },
        {
            "an old disk",
            new DisksResponse { Messages = { new OldDisks { Disks_ = { new Disk { Size = 5, Model = "M", DeviceName = "/dev/sda", Name = "n", Serial = "S", Modalias = "m", Uuid = "u", Wwid = "w", Type = Disk.Types.DiskType.Nvme, BusPath = "b", SystemDisk = true, Subsystem = "s", Readonly = true } } } } },
            """1 { 2 { 1: 5 2: "M" 3: "/dev/sda" 4: "n" 5: "S" 6: "m" 7: "u" 8: "w" 9: 3 10: "b" 11: 1 12: "s" 13: 1 } }"""
        },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task Our_bytes_are_what_protoc_reads_under_Talos_numbers(string what, IMessage message, string fields)
    {
        var (exit, output, error) = await RunAsync("--decode_raw", message.ToByteArray());

        Assert.True(exit == 0, $"{what}: {error}");
        Assert.Equal(fields.Trim(), string.Join(' ', output.Split((char[])['\n', ' '], StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public async Task What_protoc_writes_is_what_we_read()
    {
        const string Text = """resource { metadata { namespace: "runtime" type: "MachineStatuses.runtime.talos.dev" id: "machine" created { seconds: 5 } } spec { yaml_spec: "stage: running" } }""";

        var (exit, output, error) = await RunBytesAsync("--encode=cosi.resource.GetResponse", Encoding.UTF8.GetBytes(Text), "cosi.proto");

        Assert.True(exit == 0, error);
        var resource = GetResponse.Parser.ParseFrom(output).Resource;
        Assert.Equal(("machine", 5, "stage: running"), (resource.Metadata.Id, resource.Metadata.Created.Seconds, resource.Spec.YamlSpec));
    }

    private static async Task<(int Exit, string Output, string Error)> RunAsync(string operation, byte[] input)
    {
        var (exit, output, error) = await RunBytesAsync(operation, input);
        return (exit, Encoding.UTF8.GetString(output), error);
    }

    private static async Task<(int Exit, byte[] Output, string Error)> RunBytesAsync(string operation, byte[] input, params string[] files)
    {
        var tools = Setting("GrpcTools");
        var protoc = Path.Combine(tools, "tools", "linux_x64", "protoc");
        Assert.SkipUnless(tools.Length > 0 && File.Exists(protoc), "the generator package holds no protoc for this machine");
        var start = new ProcessStartInfo(protoc, [operation, $"-I{Setting("Protos")}", $"-I{Path.Combine(tools, "build", "native", "include")}", .. files])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync();
        return (process.ExitCode, output.ToArray(), await error);
    }

    private static string Setting(string name) =>
        typeof(ProtocTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == name).Value ?? "";
}
