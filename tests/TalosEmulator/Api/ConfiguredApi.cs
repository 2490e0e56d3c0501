using Kronform.Provision.Talos.Protos.Cosi;
using Kronform.Provision.Talos.Protos.Machine;
using Kronform.Provision.TalosEmulator.Config;
using Kronform.Provision.TalosEmulator.Etcd;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>apid of a configured node.</summary>
internal sealed class ConfiguredApi(
    EmulatorOptions options, ResourceApi resources, ConfigIntake intake, EmulatorCounters counters, BootstrapFaults faults, EmulatorEvents events, ConfiguredNode node)
{
    private const int EtcdPeerUrlPort = 2380;
    private const string ClusterName = "emulated";

    public async Task HandleAsync(RpcCall call)
    {
        counters.CountCall(call.Path);
        if (!AccessRules.Allows(call.Roles, call.Path))
            throw new RpcFailure(RpcStatus.PermissionDenied, "not authorized");

        if (call.Path == "/cosi.resource.State/List" && call.Read(Kronform.Provision.Talos.Protos.Cosi.ListRequest.Parser) is { Namespace: "k8s" } list && ClusterResources.List(list.Type, node) is { } found)
        {
            foreach (var resource in found)
                await call.SendAsync(new ListResponse { Resource = resource });
            return;
        }

        if (ResourceApi.Serves(call.Path))
        {
            await resources.HandleAsync(call);
            return;
        }

        switch (call.Path)
        {
            case "/machine.MachineService/Version":
                await call.SendAsync(MachineAnswers.Version(options.Release));
                return;
            case "/machine.MachineService/Hostname":
                await call.SendAsync(MachineAnswers.Hostname(node.KernelHostname));
                return;
            case "/machine.MachineService/ServiceList":
                await call.SendAsync(MachineAnswers.Services(node.Services()));
                return;
            case "/machine.MachineService/Memory":
                await call.SendAsync(MachineAnswers.Memory(options.MemoryBytes));
                return;
            case "/machine.MachineService/Containers":
                await call.SendAsync(MachineAnswers.Containers(ClusterResources.Containers(node)));
                return;
            case "/machine.MachineService/ApplyConfiguration":
                await intake.ApplyAsync(call, inMaintenance: false);
                return;
            case "/machine.MachineService/Bootstrap":
                await BootstrapAsync(call);
                return;
            case "/machine.MachineService/EtcdMemberList":
                await EtcdMemberListAsync(call);
                return;
            case "/machine.MachineService/EtcdStatus":
                await EtcdStatusAsync(call);
                return;
            case "/machine.MachineService/Kubeconfig":
                if (node.Etcd is null)
                    throw new RpcFailure(RpcStatus.Unimplemented, "kubeconfig is only available on control plane nodes");
                await call.SendAsync(MachineAnswers.Bytes(KubeconfigArchive.Of(ClusterName, $"https://{node.Config.EndpointHost}:6443", node.Config.CaCertificate)));
                return;
            case "/machine.MachineService/List":
                await ListAsync(call);
                return;
            case "/machine.MachineService/Read":
                await ReadAsync(call);
                return;
            case "/machine.MachineService/Reboot":
                await call.SendAsync(new RebootResponse { Messages = { new Reboot { ActorId = Guid.NewGuid().ToString() } } });
                call.AfterAnswer(node.RequestReboot);
                return;
            default:
                throw new RpcFailure(RpcStatus.Unimplemented, $"the emulator does not have {call.Path}");
        }
    }

    private async Task BootstrapAsync(RpcCall call)
    {
        var refusal = node.Etcd is not { } etcd
            ? options.Release.ApidInMaintenance
                ? new RpcFailure(RpcStatus.Unimplemented, "bootstrap is only available on control plane nodes")
                : new RpcFailure(RpcStatus.FailedPrecondition, "bootstrap can only be performed on a control plane node")
            : faults.ClockNotInSync ? new RpcFailure(RpcStatus.FailedPrecondition, "time is not in sync yet")
            : etcd.Bootstrap() switch
            {
                BootstrapOutcome.NotAvailableYet => new RpcFailure(RpcStatus.FailedPrecondition, "bootstrap is not available yet"),
                BootstrapOutcome.DataNotEmpty => new RpcFailure(RpcStatus.AlreadyExists, "etcd data directory is not empty"),
                _ => null,
            };

        counters.CountBootstrap(accepted: refusal is null);
        if (refusal is not null)
        {
            events.Write("bootstrap-refused", ("reason", refusal.Message));
            throw refusal;
        }

        events.Write("bootstrap-accepted");
        if (faults.TakeLostReply())
        {
            call.Abort();
            return;
        }

        await call.SendAsync(new BootstrapResponse { Messages = { new Bootstrap() } });
    }

    private async Task EtcdMemberListAsync(RpcCall call)
    {
        var etcd = RunningEtcd("etcd member list", "failed to create etcd client: context deadline exceeded");

        // A list that is sure to be up to date needs a majority; one's own copy does not.
        if (!call.Read(EtcdMemberListRequest.Parser).QueryLocal && !etcd.HasQuorum)
            throw new RpcFailure(RpcStatus.Unknown, "failed to get etcd members: context deadline exceeded");

        var members = new EtcdMembers();
        foreach (var member in etcd.Data!.Members)
        {
            members.LegacyMembers.Add(member.Hostname);
            members.Members.Add(new EtcdMember
            {
                Id = member.Id, Hostname = member.Hostname, IsLearner = member.IsLearner,
                PeerUrls = { $"https://{member.Address}:{EtcdPeerUrlPort}" },
                ClientUrls = { $"https://{member.Address}:{options.PeerPort}" },
            });
        }

        await call.SendAsync(new EtcdMemberListResponse { Messages = { members } });
    }

    private async Task EtcdStatusAsync(RpcCall call)
    {
        var etcd = RunningEtcd("etcd status", "failed to query etcd status: context deadline exceeded");
        var data = etcd.Data!;
        await call.SendAsync(new EtcdStatusResponse
        {
            Messages =
            {
                new EtcdStatus
                {
                    MemberStatus = new EtcdMemberStatus
                    {
                        ProtocolVersion = "3.6.0", DbSize = 1 << 20, DbSizeInUse = 1 << 19, MemberId = data.MemberId,
                        Leader = etcd.HasQuorum ? etcd.Leader?.Id ?? 0 : 0, IsLearner = data.Self?.IsLearner ?? false,
                        RaftIndex = (ulong)data.Revision, RaftAppliedIndex = (ulong)data.Revision, RaftTerm = 2,
                    },
                },
            },
        });
    }

    private EtcdNode RunningEtcd(string name, string downText)
    {
        if (node.Etcd is not { } etcd)
            throw new RpcFailure(RpcStatus.Unimplemented, $"{name} is only available on control plane nodes");
        return etcd.Phase == EtcdPhase.Running ? etcd : throw new RpcFailure(RpcStatus.Unknown, downText);
    }

    private async Task ListAsync(RpcCall call)
    {
        const string EtcdData = "/var/lib/etcd";
        if (call.Read(Kronform.Provision.Talos.Protos.Machine.ListRequest.Parser).Root != EtcdData)
            throw new RpcFailure(RpcStatus.Unimplemented, $"the emulator only lists {EtcdData}");

        // Before the volume is mounted the folder is not there, whatever the volume holds.
        if (node.Etcd is null or { Phase: EtcdPhase.Waiting })
            throw new RpcFailure(RpcStatus.Unknown, $"stat {EtcdData}: no such file or directory");
        await call.SendAsync(new Kronform.Provision.Talos.Protos.Machine.FileInfo { Name = EtcdData, RelativeName = "." });
        if (node.Etcd.Data is not null)
            await call.SendAsync(new Kronform.Provision.Talos.Protos.Machine.FileInfo { Name = EtcdData + "/member", RelativeName = "member" });
    }

    private async Task ReadAsync(RpcCall call)
    {
        const string BootId = "/proc/sys/kernel/random/boot_id";
        var path = call.Read(ReadRequest.Parser).Path;
        if (path != BootId)
            throw new RpcFailure(RpcStatus.Unimplemented, $"the emulator only reads {BootId}");

        var bytes = options.BootId is { } id ? System.Text.Encoding.ASCII.GetBytes(id + "\n") : await File.ReadAllBytesAsync(BootId);
        await call.SendAsync(MachineAnswers.Bytes(bytes));
    }
}
