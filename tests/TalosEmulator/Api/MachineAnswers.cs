using Kronform.Provision.Talos.Protos.Common;
using Kronform.Provision.Talos.Protos.Machine;
using Version = Kronform.Provision.Talos.Protos.Machine.Version;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>Answers that maintenance mode (from 1.13 on) and a configured node give in the same form.</summary>
internal static class MachineAnswers
{
    public static VersionResponse Version(TalosRelease release) => new()
    {
        Messages =
        {
            new Version
            {
                Version_ = new VersionInfo { Tag = release.Tag, Sha = "emulated", Os = "linux", Arch = "amd64" },
                Platform = new PlatformInfo { Name = "metal", Mode = "metal" },
            },
        },
    };

    public static HostnameResponse Hostname(string name) => new() { Messages = { new Hostname { Hostname_ = name } } };

    public static ServiceListResponse Services(IEnumerable<ServiceState> services)
    {
        var list = new ServiceList();
        foreach (var service in services)
        {
            list.Services.Add(new ServiceInfo
            {
                Id = service.Id,
                State = service.State,
                Events = new ServiceEvents { Events = { new ServiceEvent { Msg = service.LastMessage, State = service.State } } },
                Health = new ServiceHealth { Unknown = service.Healthy is null, Healthy = service.Healthy ?? false },
            });
        }

        return new ServiceListResponse { Messages = { list } };
    }

    /// <summary>In KiB, as the kernel tells it.</summary>
    public static MemoryResponse Memory(long bytes) => new() { Messages = { new Memory { Meminfo = new MemInfo { Memtotal = (ulong)bytes / 1024 } } } };

    public static ContainersResponse Containers(IEnumerable<(string Pod, string Name)> running)
    {
        var list = new Container();
        foreach (var (pod, name) in running)
            list.Containers.Add(new ContainerInfo { Namespace = "k8s.io", Id = $"{pod}:{name}", PodId = pod, Name = name, Status = "CONTAINER_RUNNING" });
        return new ContainersResponse { Messages = { list } };
    }

    public static Data Bytes(byte[] bytes) => new() { Bytes = Google.Protobuf.ByteString.CopyFrom(bytes) };
}
