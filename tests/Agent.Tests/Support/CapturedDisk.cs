using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>One disk of Fixtures/Signatures (format and origin: README.md there), and what util-linux said of it.</summary>
/// <param name="Volumes">The whole disk first, then its partitions.</param>
internal sealed record CapturedDisk(string Stack, string Name, string File, IReadOnlyList<CapturedVolume> Volumes)
{
    private const int BlockBytes = 4096;

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Fixtures", "Signatures");

    public override string ToString() => $"{Stack}.{Name}";

    public static IReadOnlyList<CapturedDisk> All() =>
        [.. Directory.GetFiles(Folder, "*.json").Order(StringComparer.Ordinal).SelectMany(file =>
        {
            using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(file));
            return json.RootElement.GetProperty("disks").EnumerateArray().Select(disk => new CapturedDisk(
                json.RootElement.GetProperty("stack").GetString()!, disk.GetProperty("name").GetString()!, disk.GetProperty("file").GetString()!,
                [.. disk.GetProperty("volumes").EnumerateArray().Select(CapturedVolume.Read)])).ToArray();
        })];

    /// <summary>Writes the disk as a sparse file of its full size.</summary>
    /// <returns>Its size in bytes.</returns>
    public long Unpack(string into)
    {
        using var packed = new GZipStream(System.IO.File.OpenRead(Path.Combine(Folder, File)), CompressionMode.Decompress);
        var head = new byte[16];
        packed.ReadExactly(head);
        Assert.Equal("SPARSE1\n"u8, head.AsSpan(0, 8));
        var size = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(8));
        using var disk = System.IO.File.Create(into);
        disk.SetLength(size);
        var block = new byte[BlockBytes];
        while (packed.ReadAtLeast(head.AsSpan(0, 8), 8, throwOnEndOfStream: false) == 8)
        {
            disk.Position = BinaryPrimitives.ReadInt64LittleEndian(head);
            var part = block.AsSpan(0, (int)Math.Min(BlockBytes, size - disk.Position));
            packed.ReadExactly(part);
            disk.Write(part);
        }
        return size;
    }
}

/// <param name="Number">Of the partition; null for the whole disk.</param>
internal sealed record CapturedVolume(int? Number, long Start, long SizeBytes, IReadOnlyList<CapturedMark> Marks)
{
    public static CapturedVolume Read(JsonElement volume)
    {
        var start = volume.GetProperty("start").GetInt64();
        return new CapturedVolume(
            volume.GetProperty("number") is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null,
            start, volume.GetProperty("sizeBytes").GetInt64(),
            [.. volume.GetProperty("marks").EnumerateArray().Select(mark => new CapturedMark(
                mark.GetProperty("type").GetString()!, start + Convert.ToInt64(mark.GetProperty("offset").GetString(), 16),
                Text(mark, "uuid"), Text(mark, "label")))]);
    }

    private static string? Text(JsonElement mark, string name) => mark.GetProperty(name).GetString() is { Length: > 0 } text ? text : null;
}

/// <summary>A line of <c>wipefs</c>.</summary>
/// <param name="Offset">From the start of the disk.</param>
internal sealed record CapturedMark(string Type, long Offset, string? Uuid, string? Label);
