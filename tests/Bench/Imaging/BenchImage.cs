using Kronform.Provision.Agent.Imaging.Meta;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Bench.Imaging;

/// <summary>An image laid out and filled like a released one: partitions, sizes and the share that does not compress.</summary>
/// <param name="Name">In file names and on the command line.</param>
/// <param name="Bytes">Expanded.</param>
/// <param name="Partitions">Name, MiB, and MiB of incompressible content spread over its first half, as files lie in a fresh file system.</param>
internal sealed record BenchImage(string Name, long Bytes, (string Name, int MiB, int Content)[] Partitions)
{
    private const long MiB = 1 << 20;

    /// <summary>Talos 1.4 to 1.9: 1246 MiB, a quarter of it kernel and initramfs, which are compressed already.</summary>
    public static BenchImage Classic { get; } = new("classic", 1246 * MiB, [("EFI", 100, 60), ("BIOS", 1, 1), ("BOOT", 1000, 251), ("META", 1, 0)]);

    /// <summary>Talos 1.11 and later: 4247 MiB for two boot loaders, and far more of it empty.</summary>
    public static BenchImage Dual { get; } = new("dual", 4247 * MiB, [("EFI", 2101, 180), ("BIOS", 1, 1), ("BOOT", 2000, 180), ("META", 1, 0)]);

    public static IReadOnlyList<BenchImage> All { get; } = [Classic, Dual];

    /// <summary>Writes the expanded image as a sparse file.</summary>
    public void Write(string path)
    {
        var random = new Random(Name.Length);
        using var file = File.Create(path);
        file.SetLength(Bytes);
        var entries = new List<(string, Guid, long, long)>();
        var at = MiB;
        foreach (var (name, size, content) in Partitions)
        {
            entries.Add((name, TestImage.LinuxData, at / 512, (at + size * MiB) / 512 - 1));
            if (name == "META") WriteMeta(file, at);
            Fill(file, random, at, size, content);
            at += size * MiB;
        }
        WriteTables(file, entries);
    }

    /// <summary>Files of some MiB each with gaps and a little metadata between them.</summary>
    private static void Fill(FileStream file, Random random, long at, int size, int content)
    {
        var piece = new byte[MiB];
        for (int written = 0, place = 0; written < content && place < size; place++)
        {
            if (place % 16 == 15 && size - place > content - written) continue;
            random.NextBytes(piece);
            file.Position = at + place * MiB;
            file.Write(piece);
            written++;
        }
    }

    private static void WriteMeta(FileStream file, long at)
    {
        var block = MetaBlock.TryBuild([new MetaRecord(0x11, "dual-boot"u8.ToArray())])!;
        file.Position = at;
        file.Write(block);
        file.Write(block);
    }

    private void WriteTables(FileStream file, List<(string, Guid, long, long)> entries)
    {
        var (head, tail) = TestGpt.Build(Bytes, 512, [.. entries]);
        file.Position = 0;
        file.Write(head);
        file.Position = Bytes - tail.Length;
        file.Write(tail);
    }
}
