using Kronform.Provision.Images;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Images;

/// <summary>Files made by xz 5.4, small enough to stand here.</summary>
public sealed class XzLengthTests
{
    private static readonly byte[] ThreeHundred = Convert.FromBase64String("/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AErAAhdADDv+7e/7gAAAAkZl4kAASCsAgAAAPdrJ9s+MA2LAgAAAAABWVo=");

    private static readonly byte[] ThreeThousand = Convert.FromBase64String("/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Au3ABhdADEYyNIGd21zesdsO2nCJANNgYKM3GA+PABh80IsytwRVAABNLgXAAAAlb3HsbHEZ/sCAAAAAARZWg==");

    private static readonly byte[] ThreeBlocks = Convert.FromBase64String("/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AB/AAZdAABu2ESYAAAAAD+tUGjta4XPAgAhARYAAAB0L+Wj4AB/AAZdAABu2ESYAAAAAD+tUGjta4XPAgAhARYAAAB0L+Wj4AArAAZdAABuMEc4AAAAAL0Q7aL7vAKbAAMigAEigAEiLAAAvr7+QxQXOzADAAAAAARZWg==");

    private static long? Read(params byte[][] parts) => XzLength.Read(new MemoryStream([.. parts.SelectMany(p => p)]));

    [Fact]
    public void Sizes_of_all_blocks_and_streams_are_added_and_padding_is_not()
    {
        Assert.Equal(300, Read(ThreeHundred));
        Assert.Equal(300, Read(ThreeBlocks));
        Assert.Equal(3600, Read(ThreeHundred, new byte[8], ThreeThousand, ThreeBlocks, new byte[4]));
    }

    [Fact]
    public void What_is_not_whole_is_unknown()
    {
        for (var length = 1; length < ThreeHundred.Length; length++) Assert.Null(Read(ThreeHundred[..length]));
        for (var from = 1; from < ThreeHundred.Length; from++) Assert.Null(Read(ThreeHundred[from..]));
        Assert.Null(Read(ThreeHundred, new byte[3]));
        Assert.Null(Read(new byte[64]));
    }

    [Fact]
    public void A_damaged_index_never_ends_in_anything_but_a_number_or_unknown()
    {
        for (var at = 0; at < ThreeBlocks.Length; at++)
        {
            foreach (var value in new byte[] { 0, 0x7F, 0x80, 0xFF })
            {
                byte[] damaged = [.. ThreeBlocks];
                damaged[at] = value;
                Assert.True(Read(damaged) is null or >= 0);
            }
        }
    }
}
