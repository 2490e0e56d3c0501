using System.Buffers.Binary;
using System.Text;
using Kronform.Provision.Agent.Imaging.Meta;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Agent.Tests.Imaging;

public sealed class MetaTests
{
    [Fact]
    public void A_block_has_the_bytes_that_Talos_own_reader_accepted()
    {
        // Checked once with Talos v1.13.9: tag 0x0a = "hello" and nothing else.
        var block = MetaBlock.TryBuild([new MetaRecord(0x0a, "hello"u8.ToArray())])!;

        Assert.Equal("7ed90dd04fd5876dabd2809358e368ff0fab8aadbaa2abe15deddbea4915ee6a",
            Convert.ToHexStringLower(block.AsSpan(MetaBlock.ChecksumAt, 32)));
        Assert.Equal("1b93a62fcdccee434fadbf0e723a9fa1d85f6e8901b384a4447033f0ffc746ff", TestImage.Sha256([.. block, .. block]));
    }

    [Fact]
    public void What_was_built_is_read_again_in_order()
    {
        MetaRecord[] records = [new(0x11, "dual-boot"u8.ToArray()), new(0x0c, []), new(0x0a, new byte[200_000])];

        var read = MetaBlock.TryParse(MetaBlock.TryBuild(records)!)!;

        Assert.Equal(records.Select(record => (record.Tag, Convert.ToHexString(record.Value))), read.Select(record => (record.Tag, Convert.ToHexString(record.Value))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(100_000)]
    [InlineData(MetaBlock.ChecksumAt)]
    [InlineData(MetaBlock.Bytes - 1)]
    public void One_turned_bit_makes_a_block_unsound(int at)
    {
        var block = MetaBlock.TryBuild([new MetaRecord(0x0c, "x"u8.ToArray())])!;
        block[at] ^= 1;

        Assert.Null(MetaBlock.TryParse(block));
    }

    [Fact]
    public void A_length_beyond_the_block_is_unsound_even_under_a_right_checksum()
    {
        var block = MetaBlock.TryBuild([new MetaRecord(0x0c, new byte[16])])!;
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(8), uint.MaxValue - 3);
        block.AsSpan(MetaBlock.ChecksumAt, 32).Clear();
        System.Security.Cryptography.SHA256.HashData(block).CopyTo(block, MetaBlock.ChecksumAt);

        Assert.Null(MetaBlock.TryParse(block));
    }

    [Fact]
    public void Records_that_do_not_fit_are_refused() =>
        Assert.Null(MetaBlock.TryBuild([new MetaRecord(0x0c, new byte[MetaBlock.ChecksumAt - 4 - 8 + 1])]));

    [Fact]
    public void Records_that_just_fit_are_taken()
    {
        var block = MetaBlock.TryBuild([new MetaRecord(0x0c, new byte[MetaBlock.ChecksumAt - 4 - 8])]);

        Assert.Single(MetaBlock.TryParse(block)!);
    }

    [Fact]
    public void A_new_nonce_replaces_the_old_one_and_keeps_the_rest()
    {
        var area = new byte[MetaArea.Bytes];
        MetaBlock.TryBuild([new MetaRecord(0x0c, "old"u8.ToArray()), new MetaRecord(0x11, "dual-boot"u8.ToArray())])!.CopyTo(area, 0);

        MetaArea.PutNonce(area, "new");

        var records = MetaBlock.TryParse(area.AsSpan(MetaBlock.Bytes))!;
        Assert.Equal(["11=dual-boot", "c=new"], records.Select(record => $"{record.Tag:x}={Encoding.UTF8.GetString(record.Value)}"));
        Assert.Equal("new", MetaArea.Nonce(area));
    }

    [Fact]
    public void The_second_block_counts_when_the_first_is_damaged()
    {
        var area = new byte[MetaArea.Bytes];
        MetaBlock.TryBuild([new MetaRecord(0x11, "dual-boot"u8.ToArray())])!.CopyTo(area, MetaBlock.Bytes);
        area[3] = 7;

        MetaArea.PutNonce(area, "n");

        Assert.Contains(MetaBlock.TryParse(area.AsSpan(0, MetaBlock.Bytes))!, record => record.Tag == 0x11);
    }
}
