using Kronform.Provision.VirtualRack.Disks;

namespace Kronform.Provision.VirtualRack.Tests.Disks;

public sealed class ContentDigestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("digest-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Written_zeros_and_holes_are_the_same()
    {
        var sparse = Disk("sparse", 8 << 20, (3 << 20, [1, 2, 3]));
        var dense = Disk("dense", 8 << 20, (0, new byte[8 << 20]), (3 << 20, [1, 2, 3]));
        Assert.Equal(ContentDigest.OfFile(sparse), ContentDigest.OfFile(dense));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData((8 << 20) - 1)]
    public void One_changed_byte_anywhere_changes_it(int offset)
    {
        var plain = Disk("plain", 8 << 20, (4096, [7]));
        var changed = Disk("changed", 8 << 20, (4096, [7]), (offset, [9]));
        Assert.NotEqual(ContentDigest.OfFile(plain), ContentDigest.OfFile(changed));
    }

    [Fact]
    public void The_same_content_at_another_place_differs() =>
        Assert.NotEqual(
            ContentDigest.OfFile(Disk("here", 8 << 20, (0, [1]))), ContentDigest.OfFile(Disk("there", 8 << 20, (65536, [1]))));

    [Fact]
    public void Empty_disks_of_two_sizes_differ() =>
        Assert.NotEqual(ContentDigest.OfFile(Disk("small", 1 << 20)), ContentDigest.OfFile(Disk("large", 2 << 20)));

    [Fact]
    public void Two_stretches_of_data_in_one_block_count_it_once()
    {
        var apart = Disk("apart", 1 << 20, (0, [1]), (32768, [2]));
        var filled = Disk("filled", 1 << 20, (0, new byte[65536]), (0, [1]), (32768, [2]));
        Assert.Equal(ContentDigest.OfFile(filled), ContentDigest.OfFile(apart));
    }

    private string Disk(string name, long bytes, params (long Offset, byte[] Content)[] writes)
    {
        var path = Path.Combine(_folder, name);
        SparseFile.Create(path, bytes);
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        foreach (var (offset, content) in writes)
            RandomAccess.Write(file, content, offset);
        return path;
    }
}
