using static Kronform.Provision.Talos.ConditionState;

namespace Kronform.Provision.Talos;

/// <summary>
/// Whether the machine is large enough, by the limits of <c>talosctl health</c> (Talos source, pkg/minimal). A machine does not grow by
/// waiting, so one that is too small is told of and not waited for.
/// </summary>
internal static class SizeConditions
{
    private const long MiB = 1 << 20;
    private const long SmallestDisk = 6L << 30;

    public static HealthCondition Memory(HealthFacts facts)
    {
        const string name = "memory-size";
        if (facts.Memory is not > 0) return new(name, NotAsked, "Talos did not tell the size of its memory");
        long least = !facts.ControlPlane ? 874 : facts.Minor <= 7 ? 1898 : 1698, has = facts.Memory.Value / MiB;
        return has < least
            ? new(name, Warning, $"the machine has {has} MiB of memory, and a {(facts.ControlPlane ? "control plane" : "worker")} needs {least} MiB")
            : new(name, Ok, $"{has} MiB");
    }

    public static HealthCondition Disk(TalosDisk? disk)
    {
        const string name = "disk-size";
        if (disk is not { SizeBytes: > 0 }) return new(name, NotAsked, "Talos did not tell which disk it runs from");
        return disk.SizeBytes < SmallestDisk
            ? new(name, Warning, $"the system disk {disk.Name} has {disk.SizeBytes / MiB} MiB, and Talos needs {SmallestDisk / MiB} MiB")
            : new(name, Ok, $"{disk.SizeBytes / 1_000_000_000} GB on {disk.Name}");
    }
}
