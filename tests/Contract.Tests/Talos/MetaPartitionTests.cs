using System.Security.Cryptography;
using Kronform.Provision.TalosEmulator.Hardware;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>The emulator reads META as Talos does, held to a block that Talos's own reader (v1.13.9) accepted.</summary>
public sealed class MetaPartitionTests
{
    private static readonly byte[] Hello = MetaImage.With("hello");

    [Fact]
    public void The_image_of_these_tests_is_the_one_Talos_accepted()
    {
        Assert.Equal(
            "7ed90dd04fd5876dabd2809358e368ff0fab8aadbaa2abe15deddbea4915ee6a",
            Convert.ToHexStringLower(Hello.AsSpan(MetaImage.DigestOffset, 32)));
        Assert.Equal("1b93a62fcdccee434fadbf0e723a9fa1d85f6e8901b384a4447033f0ffc746ff", Convert.ToHexStringLower(SHA256.HashData(Hello)));
    }

    [Fact]
    public void The_value_is_read_from_the_first_block() =>
        Assert.Equal(new Dictionary<byte, string> { [0x0a] = "hello" }, MetaPartition.Parse(Hello));

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    [InlineData(5000)]
    [InlineData(MetaImage.DigestOffset)]
    [InlineData(MetaImage.BlockBytes - 1)]
    public void A_damaged_first_block_leaves_the_second(int damagedByte)
    {
        var image = (byte[])Hello.Clone();
        image[damagedByte] ^= 1;

        Assert.Equal(new Dictionary<byte, string> { [0x0a] = "hello" }, MetaPartition.Parse(image));
        image[MetaImage.BlockBytes + damagedByte] ^= 1;
        Assert.Null(MetaPartition.Parse(image));
    }

    [Fact]
    public void An_empty_partition_holds_no_keys_and_a_short_one_is_unreadable()
    {
        Assert.Empty(MetaPartition.Parse(new byte[1 << 20])!);
        Assert.Null(MetaPartition.Parse(Hello.AsSpan(0, 1000)));
        Assert.Null(MetaPartition.Parse([]));
    }
}
