using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs;

/// <summary>
/// Whether a Talos in maintenance mode runs from the disk that this run wrote. Good for the connection it was asked over, whose
/// TLS key is pinned, and for nothing else.
/// </summary>
public static class MaintenanceProof
{
    /// <exception cref="TalosRpcException">It cannot be asked now.</exception>
    public static async Task<Observation> AskAsync(TalosClient talos, RunRecord record, CancellationToken cancellation)
    {
        var disks = await talos.DisksAsync(cancellation);
        if (RescueProof.IsInsideVkvm([.. disks.Where(d => d.Model.Length > 0).Select(d => d.Model)]))
            return new Observation.Vkvm("every disk is an emulated one");
        if (record.Written is not { } written) return new Observation.Maintenance(false, "it holds no boot nonce of this run");
        string? nonce = await talos.MetaKeyAsync(BootNonceKey.ResourceId, cancellation);
        if (nonce != record.BootNonce)
            return new Observation.Maintenance(false, nonce is null ? "its META partition holds no boot nonce" : "its META partition holds another run's boot nonce");
        return disks.Any(d => WrittenDisk.Is(written.Disk, d))
            ? new Observation.Maintenance(true, $"its META partition holds this run's boot nonce and it has the disk with {written.Disk}")
            : new Observation.Maintenance(false, $"it does not have the disk with {written.Disk}");
    }
}
