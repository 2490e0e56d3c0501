using System.IO.Compression;
using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Imaging;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>
/// Hands the Provisioner everything that will be wiped, and goes on only when it says that it keeps it: a table that was
/// destroyed by mistake can then be put back. What the image itself covers is not saved; whoever allowed its loss meant that.
/// </summary>
internal static class WipeSave
{
    /// <summary>As base64 far below the line length that readers accept.</summary>
    private const int PieceBytes = 256 * 1024;

    /// <exception cref="AgentFailure">The answer did not come, or was another one.</exception>
    /// <exception cref="DiskIoException">A place cannot be read; the disk is untouched.</exception>
    public static async Task RunAsync(IDiskDevice device, IReadOnlyList<ByteRange> ranges, EventStream events, AgentInput input, CancellationToken cancellation)
    {
        int pieces = 0;
        long bytes = 0;
        using var block = new Block();
        foreach (var range in ranges)
        {
            for (var at = range.Offset; at < range.End; at += PieceBytes)
            {
                cancellation.ThrowIfCancellationRequested();
                block.Length = (int)Math.Min(PieceBytes, range.End - at);
                device.ReadAt(at, block.Content);
                if (!block.Content.ContainsAnyExcept((byte)0)) continue;
                events.Emit(new BytesSaved { OffsetBytes = at, LengthBytes = block.Length, Gzip = Compress(block.Content) });
                pieces++;
                bytes += block.Length;
            }
        }

        events.Emit(new SavingDone { Pieces = pieces, Bytes = bytes });
        var answer = await input.ReadLineAsync(cancellation);
        if (answer != WriteOrder.SavedAnswer)
            throw new AgentFailure(AgentFailureCodes.BadOrder, "Waiting until what is wiped has been kept: the answer was another one than that it is");
    }

    private static byte[] Compress(ReadOnlySpan<byte> content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(content);
        return packed.ToArray();
    }
}
