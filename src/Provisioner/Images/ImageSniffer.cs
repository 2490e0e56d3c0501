using System.IO.Compression;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Images;

/// <summary>Recognises what the agent can write, and names the usual wrong downloads.</summary>
internal static class ImageSniffer
{
    private const int SectorBytes = 512;
    private const int TarMagicOffset = 257;
    private const int IsoMagicOffset = 32769;
    private const int HeadBytes = IsoMagicOffset + 5;

    /// <exception cref="ProvisionException"><see cref="FailureCode.ImageFormat"/>.</exception>
    public static ImageFormat Sniff(Stream stream, string name)
    {
        var head = Head(stream);
        if (Has(head, 0, [0x28, 0xB5, 0x2F, 0xFD])) return ImageFormat.Zstd;
        if (Has(head, 0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00])) return ImageFormat.Xz;
        if (Has(head, 0, [0x1F, 0x8B]))
            return IsTar(stream) ? ImageFormat.GzipTar : ImageFormat.Gzip;
        if (Has(head, IsoMagicOffset, "CD001"u8)) throw Refuse(name, "is an ISO image", "Use the metal disk image (metal-amd64.raw.zst).");
        if (Has(head, SectorBytes, "EFI PART"u8)) return ImageFormat.Raw;
        if (Has(head, 8 * SectorBytes, "EFI PART"u8))
            throw Refuse(name, "is made for disks with sectors of 4096 bytes", "Use the ordinary image with sectors of 512 bytes.");
        if (Has(head, 0, "QFI"u8)) throw Refuse(name, "is a qcow2 image", "Use the raw disk image (metal-amd64.raw.zst).");
        if (Has(head, TarMagicOffset, "ustar"u8)) throw Refuse(name, "is a tar archive", "Unpack it and use the disk.raw inside.");
        throw Refuse(name, head.Length == 0 ? "is empty" : "is no disk image that is known here (zst, xz, gz or raw with a GPT)",
            "Use the metal disk image of the Talos release (metal-amd64.raw.zst).");
    }

    private static byte[] Head(Stream stream)
    {
        stream.Position = 0;
        var head = new byte[HeadBytes];
        return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }

    private static bool IsTar(Stream stream)
    {
        stream.Position = 0;
        var head = new byte[SectorBytes];
        try
        {
            using var unpacked = new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true);
            var length = unpacked.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return Has(head.AsSpan(0, length), TarMagicOffset, "ustar"u8);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static bool Has(ReadOnlySpan<byte> head, int offset, ReadOnlySpan<byte> magic) =>
        head.Length >= offset + magic.Length && head.Slice(offset, magic.Length).SequenceEqual(magic);

    private static ProvisionException Refuse(string name, string what, string remedy) =>
        new(FailureCode.ImageFormat, $"Looking at the image {name}: it {what}; nothing was touched", remedy);
}
