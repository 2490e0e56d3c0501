using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent;

/// <summary>Everything the agent touches outside its own process.</summary>
internal sealed record AgentWorld(HostRoots Roots, IDiskDevices Devices, IUdev Udev, ISmartctl Smartctl, IKernelLog KernelLog, TimeProvider Time, IJobProcesses Jobs)
{
    public static AgentWorld Real { get; } = new(
        HostRoots.System, new BlockDevices("/dev"), new Udevadm(), new Smartctl("/dev"), Linux.KernelLog.OpenAtEnd("/dev/kmsg"), TimeProvider.System, new JobProcesses());
}
