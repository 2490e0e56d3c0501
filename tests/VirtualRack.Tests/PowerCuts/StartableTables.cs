using System.Buffers.Binary;

namespace Kronform.Provision.VirtualRack.Tests.PowerCuts;

/// <summary>
/// What any firmware could find to start: boot code or a table in the first sector, a GPT whose checksums are right behind it, and one at the disk's
/// end. EDK II asks for a protective MBR before it believes either GPT (MdeModulePkg/Universal/Disk/PartitionDxe/Gpt.c); firmware that
/// is less careful is meant here too.
/// </summary>
internal static class StartableTables
{
    private const int Sector = 512;
    private const int LongestTable = 1 << 20;

    public static IReadOnlyList<string> Find(DiskContent disk)
    {
        List<string> found = [];
        if (disk.Read(0, Sector).AsSpan().ContainsAnyExcept((byte)0)) found.Add("first sector");
        if (IsGpt(disk, Sector)) found.Add("GPT");
        if (IsGpt(disk, disk.SizeBytes - Sector)) found.Add("backup GPT");
        return found;
    }

    private static bool IsGpt(DiskContent disk, long offset)
    {
        var header = disk.Read(offset, Sector);
        var headerBytes = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12));
        if (!header.AsSpan().StartsWith("EFI PART"u8) || headerBytes is < 92 or > Sector) return false;
        var sum = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(16));
        header.AsSpan(16, 4).Clear();
        if (Crc32(header.AsSpan(0, headerBytes)) != sum) return false;
        var entries = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(72)) * Sector;
        var length = (long)BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(80)) * BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(84));
        return length <= LongestTable && entries >= 0 && entries + length <= disk.SizeBytes
            && Crc32(disk.Read(entries, (int)length)) == BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(88));
    }

    /// <summary>Of ISO 3309, as the UEFI specification asks for.</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xedb88320;
        }

        return ~crc;
    }
}
