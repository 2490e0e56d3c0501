using Kronform.Provision.Talos.Protos.Cosi;
using Kronform.Provision.TalosEmulator.Config;
using Kronform.Provision.TalosEmulator.Etcd;

namespace Kronform.Provision.TalosEmulator;

/// <summary>A node with a machine config: its services come up one after the other, and from them follow stage and readiness.</summary>
/// <param name="etcd">Null on workers.</param>
internal sealed class ConfiguredNode(
    MachineConfig config, string hostname, EtcdNode? etcd, BootstrapFaults faults, EmulatorTimings timings, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private readonly TaskCompletionSource _reboot = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Hostname => hostname;

    /// <summary>The kernel's, which follows the config a moment later.</summary>
    public string KernelHostname => time.GetElapsedTime(_started) < timings.HostnameSet ? "talos-1x2-3y4" : hostname;

    public MachineConfig Config => config;

    public EtcdNode? Etcd => etcd;

    public Task RebootRequested => _reboot.Task;

    public void RequestReboot() => _reboot.TrySetResult();

    public NodeStatus Status()
    {
        if (_reboot.Task.IsCompleted)
            return new NodeStatus(MachineStatusSpec.Types.Stage.Rebooting, false, []);

        var waiting = Services().Where(s => IsRequired(s.Id) && s.Healthy != true).ToList();
        var unmet = new List<(string, string)>();
        if (faults.ClockNotInSync)
            unmet.Add(("time", "time is not in sync"));
        if (waiting.Count > 0)
            unmet.Add(("services", string.Join(", ", waiting.Select(s => $"{s.Id} [{s.State}]"))));
        // Without a CNI the kubelet reports the node as not ready until somebody installs one.
        if (config.WithoutCni || waiting.Count > 0)
            unmet.Add(("nodeReady", $"node \"{hostname}\" status is not available yet"));

        var booted = waiting.TrueForAll(s => s.Id == "etcd" && etcd!.Phase is EtcdPhase.Running);
        return new NodeStatus(booted ? MachineStatusSpec.Types.Stage.Running : MachineStatusSpec.Types.Stage.Booting, unmet.Count == 0, unmet);
    }

    /// <summary>Sorted by id, as Talos lists them.</summary>
    public IReadOnlyList<ServiceState> Services()
    {
        var elapsed = time.GetElapsedTime(_started);
        var services = new List<ServiceState>
        {
            Running("apid"),
            Running("containerd"),
            elapsed >= timings.CriUp ? Running("cri") : new ServiceState("cri", "Waiting", null, "Waiting for network"),
        };
        if (etcd is not null)
            services.Add(EtcdService(etcd));
        services.Add(elapsed >= timings.KubeletUp
            ? Running("kubelet")
            : new ServiceState("kubelet", "Waiting", null, "Waiting for service \"cri\" to be \"up\""));
        services.Add(Running("machined"));
        if (etcd is not null)
            services.Add(Running("trustd"));
        services.Add(Running("udevd"));
        return services;
    }

    private static bool IsRequired(string id) => id is "apid" or "machined" or "kubelet" or "etcd" or "trustd";

    private static ServiceState Running(string id) => new(id, "Running", true, "Health check successful");

    private static ServiceState EtcdService(EtcdNode etcd) => etcd.Phase switch
    {
        EtcdPhase.Waiting => new ServiceState("etcd", "Waiting", null, "Waiting for service \"cri\" to be \"up\""),
        EtcdPhase.Preparing => new ServiceState("etcd", "Preparing", null, "Running pre state"),
        EtcdPhase.Starting => new ServiceState("etcd", "Running", null, "Started task etcd"),
        EtcdPhase.Running when etcd.HasQuorum => Running("etcd"),
        EtcdPhase.Running => new ServiceState("etcd", "Running", false, "context deadline exceeded"),
        _ => new ServiceState("etcd", "Failed", false, "Failed to run: the member has been permanently removed from the cluster"),
    };
}
