using Kronform.Provision.Agent.Imaging;
using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Inventory.Signatures;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>Asks the disk, not a cache, whether anything is left that could be found again: by firmware, kernel, udev or Talos.</summary>
internal static class WipeProof
{
    /// <exception cref="AgentFailure"><see cref="AgentFailureCodes.DiskWipe"/>: what is still there and where.</exception>
    public static void EnsureNothingLeft(IDiskDevice device, BlockDevice before, IReadOnlyList<ByteRange> wiped)
    {
        device.DropCache();
        foreach (var range in wiped) EnsureZero(device, range);

        var marks = SignatureProbe.Probe(device, 0, device.SizeBytes, wholeDisk: true)
            .Concat(before.Partitions.Where(partition => partition.OffsetBytes < device.SizeBytes && partition.SizeBytes > 0)
                .SelectMany(partition => SignatureProbe.Probe(device, partition.OffsetBytes, partition.SizeBytes, wholeDisk: false)))
            .Select(mark => $"{mark.Kind} at byte {mark.OffsetBytes}")
            .Concat(PartitionReader.FromTable(device).Select(partition => $"partition {partition.Number}"))
            .Distinct().ToArray();
        if (marks.Length > 0) throw Left(device, string.Join(", ", marks));
    }

    private static void EnsureZero(IDiskDevice device, ByteRange range)
    {
        using var block = new Block();
        for (var at = range.Offset; at < range.End; at += Block.Bytes)
        {
            block.Length = (int)Math.Min(Block.Bytes, range.End - at);
            device.ReadAt(at, block.Content);
            var left = block.Content.IndexOfAnyExcept((byte)0);
            if (left >= 0) throw Left(device, $"byte {at + left} still reads as something else than zero");
        }
    }

    private static AgentFailure Left(IDiskDevice device, string what) =>
        new(AgentFailureCodes.DiskWipe, $"Looking at {device.Name} after wiping it: {what}");
}
