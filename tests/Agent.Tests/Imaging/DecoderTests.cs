using Kronform.Provision.Agent.Imaging;
using Kronform.Provision.Agent.Imaging.Decoding;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Agent.Watching;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Imaging;

/// <summary>Files packed by the real tools, then cut, damaged and lengthened at many places.</summary>
public sealed class DecoderTests
{
    private static readonly byte[] Raw = BuildRaw();
    private static readonly Lazy<Dictionary<string, byte[]>> Packed = new(() => new()
    {
        ["gzip"] = Packer.Pack(Raw, "gzip", "-c"),
        ["xz"] = Packer.Pack(Raw, "xz", "-1", "-c"),
        ["xz of many blocks"] = Packer.Pack(Raw, "xz", "-1", "-T2", "--block-size=65536", "-c"),
        ["zstd"] = Packer.Pack(Raw, "zstd", "-q", "-c"),
        ["zstd --check -T2"] = Packer.Pack(Raw, "zstd", "-q", "--check", "-T2", "-c"),
        ["zstd --no-check"] = Packer.Pack(Raw, "zstd", "-q", "--no-check", "-c"),
    });

    public static TheoryData<string> Formats => ["gzip", "xz", "xz of many blocks", "zstd", "zstd --check -T2", "zstd --no-check"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_whole_file_expands_to_what_was_packed(string format) => Assert.True(Expand(Packed.Value[format]).AsSpan().SequenceEqual(Raw));

    [Fact]
    public void Anything_else_is_taken_as_it_is() => Assert.True(Expand(Raw).AsSpan().SequenceEqual(Raw));

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_cut_anywhere_is_unreadable(string format)
    {
        var whole = Packed.Value[format];
        foreach (var length in Places(whole.Length).Where(length => length > 6)) AssertUnreadable(whole[..length], $"{format} cut to {length} of {whole.Length}");
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_followed_by_anything_is_unreadable(string format)
    {
        foreach (var garbage in new byte[][] { [1], [0], "garbage"u8.ToArray(), [.. Enumerable.Repeat((byte)0xA5, 100_000)], [.. Enumerable.Repeat((byte)0x28, 9)] })
            AssertUnreadable([.. Packed.Value[format], .. garbage], $"{format} and {garbage.Length} bytes");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("xz of many blocks")]
    [InlineData("zstd --check -T2")]
    public void Damage_anywhere_is_unreadable_or_without_effect(string format)
    {
        var whole = Packed.Value[format];
        foreach (var place in Places(whole.Length).Where(place => place > 10 && place < whole.Length))
        {
            var damaged = whole.ToArray();
            damaged[place] ^= 0x10;
            try
            {
                // A bit of a header that nobody reads may turn; what comes out may not.
                Assert.True(Expand(damaged).AsSpan().SequenceEqual(Raw), $"{format} damaged at {place} expanded to something else");
            }
            catch (AgentFailure failure)
            {
                Assert.Equal(AgentFailureCodes.ImageFormat, failure.Code);
            }
        }
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("xz")]
    [InlineData("xz of many blocks")]
    public void Several_frames_in_one_file_are_one_image(string format) =>
        Assert.True(Expand([.. Packed.Value[format], .. Packed.Value[format]]).AsSpan().SequenceEqual((byte[])[.. Raw, .. Raw]));

    [Fact]
    public void Several_gzip_members_are_refused_because_their_end_cannot_be_proven() =>
        AssertUnreadable([.. Packed.Value["gzip"], .. Packed.Value["gzip"]], "two members");

    [Theory]
    [InlineData("xz", 1)]
    [InlineData("xz", 4)]
    [InlineData("xz of many blocks", 1)]
    [InlineData("xz of many blocks", 4)]
    public void The_number_of_threads_makes_no_difference_to_what_an_xz_file_expands_to(string format, int threads) =>
        Assert.True(Expand(Packed.Value[format], transfer => new XzStream(transfer, threads)).AsSpan().SequenceEqual(Raw));

    [Fact]
    public void An_xz_file_whose_blocks_have_no_room_for_threads_is_expanded_all_the_same()
    {
        // Blocks of 66 MiB: two of them at once would pass the bound.
        var raw = new byte[67 << 20];
        raw[^1] = 1;
        var packed = Packer.Pack(raw, "xz", "-0", "-T2", "--block-size=69206016", "-c");
        Assert.Equal(TestImage.Sha256(raw), TestImage.Sha256(Expand(packed, transfer => new XzStream(transfer, 4))));
    }

    [Fact]
    public void The_only_member_of_a_tar_file_is_the_image() => Assert.True(Expand(Packer.TarGzip(Raw, "disk.raw")).AsSpan().SequenceEqual(Raw));

    [Theory]
    [InlineData("other.raw")]
    [InlineData("disk.raw", "disk.raw")]
    [InlineData("disk.raw", "readme")]
    public void A_tar_file_with_anything_else_is_refused(params string[] members) => AssertUnreadable(Packer.TarGzip(Raw, members), string.Join("+", members));

    [Fact]
    public void A_window_larger_than_allowed_is_refused()
    {
        // Frame header: no single segment, window descriptor for 1 GiB.
        AssertUnreadable([0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA0, .. new byte[64]], "window of 1 GiB");
    }

    [Theory]
    [InlineData("")]
    [InlineData("123456789")]
    public void The_table_driven_CRC_is_the_plain_one(string text)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(text);
        Assert.Equal(TestGpt.PlainCrc(bytes), Crc32.Of(bytes));
        Assert.Equal(TestGpt.PlainCrc(Raw.AsSpan(0, 1000)), Crc32.Append(Crc32.Of(Raw.AsSpan(0, 333)), Raw.AsSpan(333, 667)));
    }

    private static void AssertUnreadable(byte[] file, string what)
    {
        try
        {
            var expanded = Expand(file);
            Assert.Fail($"{what} expanded to {expanded.Length} bytes");
        }
        catch (AgentFailure failure)
        {
            Assert.Equal((what, AgentFailureCodes.ImageFormat), (what, failure.Code));
        }
    }

    private static byte[] Expand(byte[] file, Func<TransferStream, Stream>? open = null)
    {
        var rest = new MemoryStream(file);
        var vitals = new Vitals(TimeProvider.System);
        var source = new TransferSource((into, cancellation) => rest.ReadAsync(into, cancellation), null, vitals);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var pump = Task.Run(() => source.PumpAsync(stop.Token), CancellationToken.None);
        try
        {
            using var transfer = new TransferStream(source, vitals, stop.Token);
            using var expanded = (open ?? ImageFormat.Open)(transfer);
            using var all = new MemoryStream();
            // Odd sizes, so that nothing rests on the blocks' alignment.
            expanded.CopyTo(all, 40_009);
            Assert.Equal(TestImage.Sha256(file), source.Sha256);
            return all.ToArray();
        }
        finally
        {
            stop.Cancel();
            pump.GetAwaiter().GetResult();
        }
    }

    /// <summary>Densely at both ends, where headers and trailers are, and here and there between.</summary>
    private static IEnumerable<int> Places(int length) =>
        Enumerable.Range(1, 40).Concat(Enumerable.Range(1, 12).Select(part => (int)((long)length * part / 13)))
            .Concat(Enumerable.Range(1, 40).Select(back => length - back)).Distinct();

    private static byte[] BuildRaw()
    {
        var raw = new byte[700_003];
        new Random(7).NextBytes(raw.AsSpan(100_000, 150_000));
        for (var index = 0; index < 60_000; index++) raw[300_000 + index] = (byte)(index / 251);
        return raw;
    }
}
