using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Faults.World;

/// <summary>
/// What a disk holds at the beginning: <c>empty</c>, <c>bluestore</c>, <c>old-talos</c>, <c>noise</c> (data of no known kind), or the
/// name of a capture among the agent's fixtures, such as <c>lvm-disk.a</c>, which is laid over the beginning.
/// </summary>
internal static class DiskContents
{
    private static string Captures => Path.Combine(AppContext.BaseDirectory, "Signatures");

    public static bool IsKnown(string holds) => holds is "empty" or "bluestore" or "old-talos" or "noise" || File.Exists(CaptureOf(holds));

    /// <summary>Bytes a capture's disk has.</summary>
    public static long? SizeOf(string holds) => File.Exists(CaptureOf(holds)) ? Unpack(CaptureOf(holds), null) : null;

    public static void Fill(string file, DiskSpec disk)
    {
        using var stream = File.Create(file);
        stream.SetLength(disk.SizeBytes);
        switch (disk.Holds)
        {
            case "empty": break;
            case "bluestore":
                stream.Write(Encoding.ASCII.GetBytes("bluestore block device\n11111111-2222-3333-4444-555555555555\n"));
                Noise(stream, 1 << 20, 2 << 20, disk.Serial);
                break;
            case "old-talos":
                stream.Write(OldTalos.Disk());
                break;
            case "noise":
                Noise(stream, 0, 4 << 20, disk.Serial);
                break;
            default:
                Unpack(CaptureOf(disk.Holds), stream);
                break;
        }
    }

    private static void Noise(Stream stream, long offset, int count, string seed)
    {
        var bytes = new byte[count];
        new Random(seed.Sum(c => c)).NextBytes(bytes);
        stream.Position = offset;
        stream.Write(bytes);
    }

    private static string CaptureOf(string name) => Path.Combine(Captures, name + ".sparse.gz");

    /// <summary>The captures' format: magic, size, then blocks of 4 KiB behind their offsets.</summary>
    private static long Unpack(string from, Stream? into)
    {
        using var packed = new GZipStream(File.OpenRead(from), CompressionMode.Decompress);
        var head = new byte[16];
        packed.ReadExactly(head);
        long size = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(8));
        if (into is null) return size;
        var block = new byte[4096];
        while (packed.ReadAtLeast(head.AsSpan(0, 8), 8, throwOnEndOfStream: false) == 8)
        {
            long offset = BinaryPrimitives.ReadInt64LittleEndian(head);
            var part = block.AsSpan(0, (int)Math.Min(block.Length, size - offset));
            packed.ReadExactly(part);
            into.Position = offset;
            into.Write(part);
        }

        return size;
    }
}
