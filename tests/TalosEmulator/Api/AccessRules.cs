namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>Which role may call what, as in Talos's rule table; a method that is not in it needs os:admin.</summary>
internal static class AccessRules
{
    private static readonly HashSet<string> Reader =
    [
        "/machine.MachineService/CPUInfo", "/machine.MachineService/Containers", "/machine.MachineService/DiskStats",
        "/machine.MachineService/DiskUsage", "/machine.MachineService/Dmesg", "/machine.MachineService/EtcdAlarmList",
        "/machine.MachineService/EtcdMemberList", "/machine.MachineService/EtcdStatus", "/machine.MachineService/Events",
        "/machine.MachineService/Hostname", "/machine.MachineService/ImageList", "/machine.MachineService/List",
        "/machine.MachineService/LoadAvg", "/machine.MachineService/Logs", "/machine.MachineService/LogsContainers",
        "/machine.MachineService/Memory", "/machine.MachineService/Mounts", "/machine.MachineService/NetworkDeviceStats",
        "/machine.MachineService/Netstat", "/machine.MachineService/Processes", "/machine.MachineService/ServiceList",
        "/machine.MachineService/Stats", "/machine.MachineService/SystemStat", "/machine.MachineService/Version",
        "/cosi.resource.State/Get", "/cosi.resource.State/List", "/cosi.resource.State/Watch", "/storage.StorageService/Disks",
    ];

    private static readonly HashSet<string> Operator = ["/machine.MachineService/Reboot", "/machine.MachineService/Shutdown"];

    public static bool Allows(IReadOnlyList<string> roles, string path) =>
        roles.Contains("os:admin")
        || (roles.Contains("os:operator") && (Operator.Contains(path) || Reader.Contains(path)))
        || (roles.Contains("os:reader") && Reader.Contains(path))
        || (roles.Contains("os:etcd:backup") && path is "/machine.MachineService/EtcdMemberList" or "/machine.MachineService/EtcdStatus");
}
