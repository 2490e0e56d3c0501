using Kronform.Provision.Images;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Images;

/// <summary>Frames written by hand after RFC 8878, because the program that packs them need not be installed.</summary>
public sealed class ZstdLengthTests
{
    private static readonly byte[] Magic = [0x28, 0xB5, 0x2F, 0xFD];

    // Single segment, one-byte size 5, one raw last block of 5 bytes.
    private static readonly byte[] Five = [.. Magic, 0x20, 5, 0x29, 0, 0, 1, 2, 3, 4, 5];

    // Single segment with checksum, two-byte size 256 + 44, one run-length last block (its content is one byte).
    private static readonly byte[] ThreeHundred = [.. Magic, 0x64, 44, 0, 0x63, 0x09, 0, 7, 0xAA, 0xBB, 0xCC, 0xDD];

    // Window descriptor, eight-byte size 4453302272, two raw blocks of 1 byte.
    private static readonly byte[] Large = [.. Magic, 0xC0, 0x58, .. BitConverter.GetBytes(4453302272L), 0x08, 0, 0, 9, 0x09, 0, 0, 9];

    private static readonly byte[] Skippable = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];

    // Window descriptor and no size, as from a pipe.
    private static readonly byte[] Unstated = [.. Magic, 0x00, 0x58, 0x09, 0, 0, 9];

    private static long? Read(params byte[][] parts) => ZstdLength.Read(new MemoryStream([.. parts.SelectMany(p => p)]));

    [Fact]
    public void Sizes_of_all_frames_are_added_and_skippable_frames_are_not()
    {
        Assert.Equal(5, Read(Five));
        Assert.Equal(300, Read(ThreeHundred));
        Assert.Equal(4453302272, Read(Large));
        Assert.Equal(4453302272 + 305, Read(Five, Skippable, Large, ThreeHundred));
    }

    [Fact]
    public void What_is_not_stated_or_not_whole_is_unknown()
    {
        Assert.Null(Read(Unstated));
        Assert.Null(Read(Five, Unstated));
        Assert.Null(Read(Five, [1, 2, 3, 4]));
        Assert.Null(Read([.. Magic, 0xE0, .. BitConverter.GetBytes(ulong.MaxValue), 0x01, 0, 0]));
        for (var length = 1; length < ThreeHundred.Length; length++) Assert.Null(Read(ThreeHundred[..length]));
    }
}
