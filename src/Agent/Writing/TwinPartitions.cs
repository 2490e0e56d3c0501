using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>
/// Partitions of other disks with a PARTUUID of the image: images are reproducible, so an older disk of the same release carries
/// the same ones. What looks for its partition by PARTUUID could take the wrong one. Pure.
/// </summary>
internal static class TwinPartitions
{
    public static IEnumerable<string> Find(IEnumerable<BlockDevice> others, IReadOnlyList<Guid> ofImage) =>
        from other in others
        from partition in other.Partitions
        where Guid.TryParse(partition.PartUuid, out var uuid) && ofImage.Contains(uuid)
        select $"boot.part-uuid: partition {partition.Number} of the disk with {other.Identity} has the PARTUUID {partition.PartUuid} of one of the image's partitions; "
            + "a loader that looks for its partition by PARTUUID could take that one";
}
