namespace Kronform.Provision.TalosEmulator.Hardware;

/// <summary>Recognises a few marks at the beginning of a device, under the names that Talos has for them.</summary>
internal static class VolumeProbe
{
    private static readonly (int Offset, byte[] Magic, string Name)[] Marks =
    [
        (0, "bluestore block device"u8.ToArray(), "bluestore"),
        (0, [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xba, 0xbe], "luks"),
        (0, "XFSB"u8.ToArray(), "xfs"),
        (0, [0x5a, 0x4b, 0x3c, 0x2d], "talosmeta"),
        (512, "LABELONE"u8.ToArray(), "lvm2-pv"),
        (512, "EFI PART"u8.ToArray(), "gpt"),
        (4096, "EFI PART"u8.ToArray(), "gpt"),
        (1080, [0x53, 0xef], "extfs"),
        (54, "FAT"u8.ToArray(), "vfat"),
        (82, "FAT32"u8.ToArray(), "vfat"),
    ];

    /// <returns>Empty when nothing was recognised, or the device cannot be read.</returns>
    public static string Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var head = new byte[8192];
            return Recognise(head.AsSpan(0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    public static string Recognise(ReadOnlySpan<byte> head)
    {
        foreach (var (offset, magic, name) in Marks)
        {
            if (head.Length >= offset + magic.Length && head.Slice(offset, magic.Length).SequenceEqual(magic))
                return name;
        }

        return "";
    }
}
