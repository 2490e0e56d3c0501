using System.Buffers.Binary;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>Four bytes of each chunk's digest as base64: enough to tell where two contents differ, short enough for a journal line.</summary>
internal static class ChunkMarks
{
    private const int MarkBytes = 4;
    private const int MostRanges = 8;

    public static string Of(IReadOnlyList<ulong> chunks) =>
        Convert.ToBase64String([.. chunks.SelectMany(MarkOf)]);

    /// <summary>The byte ranges that differ, as words; null when the marks are of another content altogether.</summary>
    public static string? Differences(string marks, IReadOnlyList<ulong> chunks, long bytes)
    {
        var expected = new byte[(marks.Length / 4 + 1) * 3];
        if (!Convert.TryFromBase64String(marks, expected, out var length) || length != chunks.Count * MarkBytes) return null;
        var ranges = new List<string>();
        for (var index = 0; index < chunks.Count; index++)
        {
            if (Same(index)) continue;
            var start = index;
            while (index + 1 < chunks.Count && !Same(index + 1)) index++;
            ranges.Add($"{(long)start * Block.Bytes} to {Math.Min(bytes, (index + 1L) * Block.Bytes)}");
        }
        return ranges.Count == 0 ? null
            : "bytes " + string.Join(", ", ranges.Take(MostRanges)) + (ranges.Count > MostRanges ? $" and {ranges.Count - MostRanges} more ranges" : "");

        bool Same(int index) => expected.AsSpan(index * MarkBytes, MarkBytes).SequenceEqual(MarkOf(chunks[index]));
    }

    private static byte[] MarkOf(ulong chunk)
    {
        var mark = new byte[MarkBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(mark, (uint)chunk);
        return mark;
    }
}
