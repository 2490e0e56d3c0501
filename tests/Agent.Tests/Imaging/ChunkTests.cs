using System.Collections.Concurrent;
using Kronform.Provision.Agent.Imaging;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Agent.Tests.Imaging;

public sealed class ChunkTests
{
    private const int Piece = ChunkDigest.PieceBytes;

    [Theory]
    [InlineData(0UL, Block.Bytes, "0+4194304 zero")]
    [InlineData(ulong.MaxValue, Block.Bytes, "0+4194304")]
    [InlineData(1UL, Block.Bytes, "0+65536|65536+4128768 zero")]
    [InlineData(1UL << 63, Block.Bytes, "0+4128768 zero|4128768+65536")]
    [InlineData(0b0110UL, 4 * Piece, "0+65536 zero|65536+131072|196608+65536 zero")]
    [InlineData(0b10UL, Piece + 512, "0+65536 zero|65536+512")]
    [InlineData(0b1UL, 512, "0+512")]
    [InlineData(0b0UL, 512, "0+512 zero")]
    public void Runs_are_neighbouring_pieces_of_one_kind_and_cover_everything_once(ulong pieces, int length, string runs) =>
        Assert.Equal(runs, string.Join('|', ChunkDigest.RunsOf(pieces, length).Select(run => $"{run.Start}+{run.Length}{(run.Zero ? " zero" : "")}")));

    [Fact]
    public void Any_changed_byte_anywhere_changes_the_digest()
    {
        var content = new byte[Block.Bytes];
        new Random(1).NextBytes(content.AsSpan(Piece, 3 * Piece));
        var seen = new HashSet<string>();
        Assert.True(seen.Add(Of(content)));
        foreach (var at in new[] { 0, Piece - 1, Piece, 2 * Piece + 17, 4 * Piece, Block.Bytes - 1 })
        {
            content[at] ^= 1;
            Assert.True(seen.Add(Of(content)), $"byte {at}");
            content[at] ^= 1;
        }
        // The same pieces elsewhere, and fewer zeros behind them, are other contents too.
        Assert.True(seen.Add(Of([.. new byte[Piece], .. content[..^Piece]])));
        Assert.True(seen.Add(Of(content[..^512])));
        Assert.False(seen.Add(Of(content)));

        string Of(byte[] bytes) => $"{ChunkDigest.Of(bytes, ChunkDigest.PiecesOf(bytes)):x16}";
    }

    [Fact]
    public void Requests_write_what_is_not_zero_once_and_join_zeros_across_blocks()
    {
        var random = new Random(7);
        var disk = new byte[10 * Block.Bytes];
        Array.Fill(disk, (byte)0xAA);
        var image = new byte[9 * Block.Bytes + 5 * 512];
        for (var piece = 0; piece < image.Length / Piece; piece++)
            if (random.Next(5) == 0) random.NextBytes(image.AsSpan(piece * Piece, Piece));
        image.AsSpan(2 * Block.Bytes, 3 * Block.Bytes).Clear();

        using var pool = new BlockPool(20);
        using var work = new BlockingCollection<DiskWork>();
        var plan = new DiskWorkPlan(pool, work, CancellationToken.None);
        for (var at = 0; at < image.Length; at += Block.Bytes)
        {
            var block = pool.Take(CancellationToken.None);
            Fill(block, at, image.AsSpan(at, Math.Min(Block.Bytes, image.Length - at)));
            plan.Add(block, at == 0 ? ImageHead.Bytes : 0, block.Length);
        }
        plan.Complete();

        var longest = 0L;
        foreach (var request in work)
        {
            var target = disk.AsSpan((int)request.Offset, (int)request.Length);
            Assert.True(target.IndexOfAnyExcept((byte)0xAA) < 0, $"{request.Offset} is written twice");
            if (request.Block is { } block) block.Content.Slice(request.Start, (int)request.Length).CopyTo(target);
            else target.Clear();
            if (request.Block is null) longest = Math.Max(longest, request.Length);
        }

        Assert.True(disk.AsSpan(ImageHead.Bytes, image.Length - ImageHead.Bytes).SequenceEqual(image.AsSpan(ImageHead.Bytes)));
        Assert.True(disk.AsSpan(0, ImageHead.Bytes).IndexOfAnyExcept((byte)0xAA) < 0, "the withheld head was written");
        Assert.True(disk.AsSpan(image.Length).IndexOfAnyExcept((byte)0xAA) < 0, "something behind the image was written");
        Assert.True(longest >= 3 * Block.Bytes, $"the longest zeros have {longest} bytes");
    }

    [Fact]
    public void A_block_returns_to_the_pool_when_the_last_of_its_writes_is_done()
    {
        using var pool = new BlockPool(1);
        using var work = new BlockingCollection<DiskWork>();
        var block = pool.Take(CancellationToken.None);
        var content = new byte[Block.Bytes];
        content[0] = content[^1] = 1;
        Fill(block, 0, content);

        new DiskWorkPlan(pool, work, CancellationToken.None).Add(block, 0, block.Length);

        Assert.Equal(2, block.Pending);
        Assert.Equal([true, false, true], work.Take(3).Select(request => request.Block is not null));
    }

    /// <summary>From the test vectors that come with xxHash: seed 0, and the prime they use as another.</summary>
    [Theory]
    [InlineData("", 0UL, 0xEF46DB3751D8E999UL)]
    [InlineData("a", 0UL, 0xD24EC4F1A98C6E5BUL)]
    [InlineData("abc", 0UL, 0x44BC2CF5AD770999UL)]
    public void Short_texts_have_the_published_hashes(string text, ulong seed, ulong hash) =>
        Assert.Equal(hash, XxHash64.Of(System.Text.Encoding.ASCII.GetBytes(text), seed));

    [Fact]
    public void The_hash_is_the_specified_one_at_every_length_and_seed()
    {
        var bytes = new byte[300];
        new Random(3).NextBytes(bytes);
        for (var length = 0; length <= bytes.Length; length++)
            foreach (var seed in new[] { 0UL, 1UL, 0x9E3779B185EBCA8DUL })
                Assert.Equal(PlainDigest.Xxh64(bytes[..length], seed), XxHash64.Of(bytes.AsSpan(0, length), seed));
    }

    [Fact]
    public void A_block_that_is_used_again_holds_what_was_added_last_and_nothing_else()
    {
        var random = new Random(11);
        using var block = new Block();
        for (var round = 0; round < 40; round++)
        {
            var content = new byte[round % 7 == 3 ? 9 * Piece + 512 : Block.Bytes];
            for (var at = 0; at < content.Length; at += Piece)
                if (random.Next(3) == 0) random.NextBytes(content.AsSpan(at, Math.Min(Piece, content.Length - at)));
            if (round % 5 == 4)
            {
                // As META is patched: from outside, and told afterwards.
                block.Content.Fill(7);
                block.Changed();
            }
            Fill(block, round * 1000L, content);
            Assert.True(block.Content.SequenceEqual(content), $"round {round}");
            Assert.Equal(ChunkDigest.PiecesOf(content), block.Pieces);
            Assert.Equal((round * 1000L, content.Length), (block.Offset, block.Length));
        }
    }

    private static void Fill(Block block, long offset, ReadOnlySpan<byte> content)
    {
        block.Begin(offset);
        for (var at = 0; at < content.Length; at += Piece) block.Add(content.Slice(at, Math.Min(Piece, content.Length - at)));
    }

    [Fact]
    public void Marks_tell_which_chunks_differ()
    {
        ulong[] Chunks(params byte[] values) => [.. values.Select(value => ChunkDigest.Of([value], 1))];
        var marks = ChunkMarks.Of(Chunks(1, 2, 3, 4, 5));

        Assert.Null(ChunkMarks.Differences(marks, Chunks(1, 2, 3, 4, 5), 5L * Block.Bytes));
        Assert.Equal("bytes 4194304 to 12582912, 16777216 to 20000000", ChunkMarks.Differences(marks, Chunks(1, 9, 9, 4, 9), 20_000_000));
        Assert.Null(ChunkMarks.Differences(marks, Chunks(1, 2), 5L * Block.Bytes));
        Assert.Null(ChunkMarks.Differences("not base64!", Chunks(1, 2, 3, 4, 5), 5L * Block.Bytes));
    }

    [Fact]
    public void The_digest_is_the_documented_one()
    {
        var content = new TestImage().Raw;
        var chunks = content.Chunk(Block.Bytes).Select(chunk => ChunkDigest.Of(chunk, ChunkDigest.PiecesOf(chunk))).ToArray();
        Assert.Equal(PlainDigest.Of(content), ChunkDigest.Root(chunks));
    }
}
