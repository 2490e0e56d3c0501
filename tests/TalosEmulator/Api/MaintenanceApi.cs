using Kronform.Provision.TalosEmulator.Config;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>Port 50000 of a node without machine config: two families of answers, before and from 1.13 on.</summary>
internal sealed class MaintenanceApi(
    EmulatorOptions options, ResourceApi resources, ConfigIntake intake, EmulatorCounters counters, string hostname, Action<MachineConfig> configured)
{
    private const string ApplyPath = "/machine.MachineService/ApplyConfiguration";

    /// <summary>Methods the small server of 1.5-1.12 has, only to say that it does not do them.</summary>
    private static readonly string[] ExplicitlyAbsent = ["Version", "Upgrade", "Reset", "MetaWrite", "MetaDelete"];

    private static readonly string[] OldServices = ["machine.MachineService", "storage.StorageService", "cosi.resource.State"];

    private static readonly string[] NewServices =
    [
        .. OldServices, "machine.LifecycleService", "machine.ImageService", "cluster.ClusterService", "inspect.InspectService", "time.TimeService",
    ];

    public async Task HandleAsync(RpcCall call)
    {
        counters.CountCall(call.Path);
        var service = call.Path.Split('/') is [_, { Length: > 0 } name, _] ? name : "";
        if (!(options.Release.ApidInMaintenance ? NewServices : OldServices).Contains(service))
            throw new RpcFailure(RpcStatus.Unimplemented, $"unknown service {service}");

        if (call.Path == ApplyPath)
        {
            if (await intake.ApplyAsync(call, inMaintenance: true) is { } config)
                call.AfterAnswer(() => configured(config));
            return;
        }

        if (ResourceApi.Serves(call.Path))
            await resources.HandleAsync(call);
        else if (options.Release.ApidInMaintenance)
            await AnswerAsApidAsync(call);
        else if (service == "machine.MachineService" && ExplicitlyAbsent.Contains(call.Method))
            throw new RpcFailure(RpcStatus.Unimplemented, "API is not implemented in maintenance mode");
        else
            throw new RpcFailure(RpcStatus.Unimplemented, $"method {call.Method} not implemented");
    }

    private async Task AnswerAsApidAsync(RpcCall call)
    {
        if (!AccessRules.Allows(call.Roles, call.Path))
            throw new RpcFailure(RpcStatus.PermissionDenied, "not authorized");

        switch (call.Path)
        {
            case "/machine.MachineService/Version":
                await call.SendAsync(MachineAnswers.Version(options.Release));
                return;
            case "/machine.MachineService/Hostname":
                await call.SendAsync(MachineAnswers.Hostname(hostname));
                return;
            case "/machine.MachineService/ServiceList":
                await call.SendAsync(MachineAnswers.Services(
                    ((string[])["apid", "containerd", "machined", "udevd"]).Select(id => new ServiceState(id, "Running", true, "Health check successful"))));
                return;
            case "/machine.MachineService/EtcdMemberList" or "/machine.MachineService/EtcdStatus":
                throw new RpcFailure(RpcStatus.Unimplemented, $"machine type is not set, cannot use {EtcdName(call)} API");
            default:
                throw new RpcFailure(RpcStatus.Unimplemented, $"the emulator does not have {call.Path}");
        }
    }

    private static string EtcdName(RpcCall call) => call.Method == "EtcdStatus" ? "etcd status" : "etcd member list";
}
