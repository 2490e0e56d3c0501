using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>Something on a disk that is not written to, which could still decide what the server boots or what Talos believes.</summary>
/// <param name="Disk">The disk it is on.</param>
/// <param name="Code">Stable name, one of <see cref="DiskCodes.All"/>, e.g. <c>boot.talos-state</c>.</param>
/// <param name="Stops">Whether a run must not start; otherwise it is told only.</param>
/// <param name="Evidence">What was found and where.</param>
/// <param name="Consequence">What would happen.</param>
/// <param name="Remedy">The narrowest thing to do about it.</param>
public sealed record BootThreat(DiskIdentity Disk, string Code, bool Stops, string Evidence, string Consequence, string Remedy)
{
    public override string ToString() => $"{Code}: {Evidence}; {Consequence}";
}
