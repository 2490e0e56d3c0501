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
        var kind = await talos.MaintenanceKindAsync(cancellation);
        if (kind is MaintenanceKind.Other) return new Observation.ForeignSystem($"port 50000 has {kind.Reason}");
        if (kind is not MaintenanceKind.Talos) return new Observation.Unclear($"port 50000 answers, but {kind.Reason}");
        var disks = await talos.DisksAsync(cancellation);
        if (RescueProof.IsInsideVkvm([.. disks.Where(d => d.Model.Length > 0).Select(d => d.Model)]))
            return new Observation.Vkvm("every disk is an emulated one");
        if (record.Written is not { } written) return Found(false, "it holds no boot nonce of this run");
        string? nonce = await talos.MetaKeyAsync(BootNonceKey.ResourceId, cancellation);
        if (nonce != record.BootNonce)
            return Found(false, nonce is null ? "its META partition holds no boot nonce" : "its META partition holds another run's boot nonce");
        return disks.Any(d => WrittenDisk.Is(written.Disk, d))
            ? Found(true, $"its META partition holds this run's boot nonce and it has the disk with {written.Disk}")
            : Found(false, $"it does not have the disk with {written.Disk}");

        Observation Found(bool ours, string because) => new Observation.Maintenance(ours, $"{because} ({kind.Reason})");
    }
}
