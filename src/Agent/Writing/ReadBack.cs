using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Imaging;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>Proves that the disk holds what was written, while its first MiB is still zero.</summary>
internal static class ReadBack
{
    public static async Task EnsureEqualAsync(IDiskDevice device, WrittenBody body, EventStream events, TimeProvider time, CancellationToken cancellation)
    {
        DiskFailure.As(AgentFailureCodes.DiskWrite, $"Flushing {device.Name}", () =>
        {
            device.Flush();
            device.DropCache();
        });
        using var progress = new ProgressMeter(events, AgentSteps.ReadBack, body.Bytes, () => 0, time);
        await DiskFailure.AsAsync(AgentFailureCodes.ReadBack, $"Reading {device.Name} back", () => ChunkReadout.ReadAsync(
            device, body.Bytes, block => PutWithheld(device, body, block), (index, digest) => Compare(device, body, index, digest), progress, cancellation));
    }

    /// <summary>The digest covers the disk as it will be: what is withheld is compared by itself when it is on the disk.</summary>
    private static void PutWithheld(IDiskDevice device, WrittenBody body, Block block)
    {
        if (block.Offset == 0) Put(body.Head, block.Content[..ImageHead.Bytes], "first MiB");
        if (block.End == device.SizeBytes) Put(body.LastSector, block.Content[^body.LastSector.Length..], "last sector");

        void Put(byte[] withheld, Span<byte> place, string name)
        {
            if (place.ContainsAnyExcept((byte)0)) throw Differs(device, $"its {name} is not zero any more");
            withheld.CopyTo(place);
        }
    }

    private static void Compare(IDiskDevice device, WrittenBody body, int index, ulong digest)
    {
        if (digest == body.Chunks[index]) return;
        var start = (long)index * Block.Bytes;
        throw Differs(device, $"bytes {start} to {Math.Min(start + Block.Bytes, body.Bytes)} are not what was written");
    }

    private static AgentFailure Differs(IDiskDevice device, string how) =>
        new(AgentFailureCodes.ReadBack, $"Reading {device.Name} back: {how}");
}
