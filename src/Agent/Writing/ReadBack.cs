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
        var sha256 = await DiskFailure.AsAsync(AgentFailureCodes.ReadBack, $"Reading {device.Name} back",
            () => DiskReadout.Sha256Async(device, body.Bytes, block => Compare(device, body, block), progress, cancellation));
        if (sha256 != body.WrittenSha256) throw Differs(device, $"its SHA-256 is {sha256}, written was {body.WrittenSha256}");
    }

    private static void Compare(IDiskDevice device, WrittenBody body, Block block)
    {
        if (block.Offset == 0)
        {
            if (block.Content[..ImageHead.Bytes].IndexOfAnyExcept((byte)0) >= 0) throw Differs(device, "its first MiB is not zero any more");
            // The digest covers the disk as it will be: the head is compared by itself when it is on the disk.
            body.Head.CopyTo(block.Content);
        }
        if (Block.Checksum(block.Content) != body.Checksums[(int)(block.Offset / Block.Bytes)])
            throw Differs(device, $"bytes {block.Offset} to {block.End} are not what was written");
    }

    private static AgentFailure Differs(IDiskDevice device, string how) =>
        new(AgentFailureCodes.ReadBack, $"Reading {device.Name} back: {how}");
}
