using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.VirtualRack.Handle;

namespace Kronform.Provision.VirtualRack.Tests.Runs;

/// <summary>The disk a running Talos works on.</summary>
internal static class SystemDisk
{
    private const int Sector = 512;
    private const int BackupTableBytes = 33 * Sector;

    /// <summary>A file of the machine's; those lie in the rack's mount namespace, which its first process shows.</summary>
    public static string PathOf(RackProcess rack, string node, string file) => $"/proc/{rack.File.NamespacePid}/root{rack.Directory}/volatile/{node}/{file}";

    /// <summary>
    /// SHA-256 of all that a running Talos leaves alone: both partition tables, boot loader, BOOT and META, which end where STATE
    /// begins. STATE and EPHEMERAL are its own file systems; it writes to them whenever it likes.
    /// </summary>
    public static string StaticDigest(RackProcess rack, string node)
    {
        string path = PathOf(rack, node, "system.raw");
        using var disk = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        long state = Named(Read(disk, 2 * Sector, 128 * 128), "STATE").Offset;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Read(disk, 0, (int)state));
        hash.AppendData(Read(disk, RandomAccess.GetLength(disk) - BackupTableBytes, BackupTableBytes));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <param name="disk">The start of a disk, with its whole table.</param>
    public static (long Offset, long End) Partition(ReadOnlySpan<byte> disk, string name) => Named(disk.Slice(2 * Sector, 128 * 128), name);

    private static (long Offset, long End) Named(ReadOnlySpan<byte> entries, string name)
    {
        for (; !entries.IsEmpty; entries = entries[128..])
            if (Encoding.Unicode.GetString(entries.Slice(56, 72)).TrimEnd('\0') == name)
                return (BinaryPrimitives.ReadInt64LittleEndian(entries[32..]) * Sector, (BinaryPrimitives.ReadInt64LittleEndian(entries[40..]) + 1) * Sector);
        throw new InvalidOperationException($"the system disk has no {name} partition");
    }

    private static byte[] Read(Microsoft.Win32.SafeHandles.SafeFileHandle disk, long offset, int count)
    {
        var bytes = new byte[count];
        Assert.Equal(count, RandomAccess.Read(disk, bytes, offset));
        return bytes;
    }
}
