using System.Buffers.Binary;
using System.IO.Compression;
using Kronform.Provision.VirtualRack.Disks;
using Kronform.Provision.VirtualRack.Hosting;
using Kronform.Provision.VirtualRack.Signatures;

namespace Kronform.Provision.VirtualRack.Tests.Signatures;

public sealed class CaptureTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public void Every_stack_says_what_it_is_and_which_disks_it_leaves()
    {
        var all = StackScript.All();
        Assert.True(all.Count > 20, $"only {all.Count} stacks");
        Assert.All(all, stack => Assert.All(stack.Disks, disk => Assert.Contains(disk, new[] { "a", "b", "c", "big" })));
        Assert.All(all, stack => Assert.Contains($"DISKS='{string.Join(' ', stack.Disks)}'", stack.Program, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("# Something.\nmkswap \"$A\"\n")]
    [InlineData("mkswap \"$A\"\n# disks: a\n")]
    public void A_stack_that_does_not_say_so_is_refused_by_name(string text)
    {
        var failure = Assert.Throws<ToolException>(() => StackScript.Parse("odd", text));
        Assert.Contains("odd.sh", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_ends_of_disk_and_partitions_and_the_places_of_copies_are_kept_and_nothing_else()
    {
        string folder = Directory.CreateTempSubdirectory("capture-").FullName;
        try
        {
            const long size = 600 * MiB + 512, start = 100 * MiB, length = 200 * MiB;
            string disk = Path.Combine(folder, "disk");
            SparseFile.Create(disk, size);
            long[] kept = [0, 4 * MiB - 4096, 64 * MiB, start, 128 * MiB, start + 64 * MiB, start + length - 4096, size / 4096 * 4096];
            long[] left = [5 * MiB, 90 * MiB, start + 50 * MiB, size - 8 * MiB];
            using (var file = File.OpenWrite(disk))
                foreach (long offset in kept.Concat(left))
                {
                    file.Position = offset;
                    file.WriteByte(1);
                }

            SparseCapture.Write(disk, [(0, size), (start, length)], Path.Combine(folder, "packed"));

            var (diskBytes, offsets) = Offsets(Path.Combine(folder, "packed"), size);
            Assert.Equal(size, diskBytes);
            Assert.Equal(kept, offsets);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (long Size, long[] Offsets) Offsets(string packed, long size)
    {
        using var stream = new GZipStream(File.OpenRead(packed), CompressionMode.Decompress);
        using var all = new MemoryStream();
        stream.CopyTo(all);
        var bytes = all.ToArray().AsSpan();
        Assert.Equal("SPARSE1\n"u8, bytes[..8]);
        var offsets = new List<long>();
        for (int at = 16; at < bytes.Length;)
        {
            offsets.Add(BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]));
            at += 8 + (int)Math.Min(4096, size - offsets[^1]);
        }

        return (BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]), [.. offsets]);
    }
}
