using System.Net;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Looking;

/// <summary>The disks of a node that runs Talos, with a machine config or in maintenance mode.</summary>
public static class TalosDisks
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    /// <returns>Null when the node has left maintenance mode meanwhile.</returns>
    public static async Task<TalosClient?> ClientAsync(RunServices services, IPAddress address, bool configured, CancellationToken cancellation)
    {
        if (configured) return TalosClient.ForConfigured(address, TalosClient.DefaultPort, services.Identity, services.Time);
        return await TalosProbe.ProbeAsync(address, TalosClient.DefaultPort, services.Time, ProbeTimeout, cancellation) is TalosProbeResult.Maintenance maintenance
            ? TalosClient.ForMaintenance(address, TalosClient.DefaultPort, maintenance.SpkiFingerprint, services.Time)
            : null;
    }

    /// <param name="source">For people: how the node was asked.</param>
    /// <returns>The disks, and the kernel name of the one Talos runs from; null while it does not know.</returns>
    public static async Task<(DiskInventory Inventory, string? System)> ReadAsync(TalosClient talos, bool configured, string source, CancellationToken cancellation)
    {
        string? system = (await talos.SystemDiskAsync(cancellation))?.Name;
        var inventory = TalosInventory.Of(await talos.DisksAsync(cancellation), await talos.VolumesAsync(cancellation), system, configured ? InventoryState.Configured : InventoryState.Maintenance, source);
        return (inventory, system);
    }
}
