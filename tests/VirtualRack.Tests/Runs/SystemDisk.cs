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

    /// <summary>
    /// SHA-256 of all that a running Talos leaves alone: both partition tables, boot loader, BOOT and META, which end where STATE
    /// begins. STATE and EPHEMERAL are its own file systems; it writes to them whenever it likes.
    /// </summary>
    public static string StaticDigest(RackProcess rack, string node)
    {
        // The rack's disks lie in its mount namespace, which its first process shows.
        string path = $"/proc/{rack.File.NamespacePid}/root{rack.Directory}/volatile/{node}/system.raw";
        using var disk = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        long state = StartOfState(Read(disk, 2 * Sector, 128 * 128));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Read(disk, 0, (int)state));
        hash.AppendData(Read(disk, RandomAccess.GetLength(disk) - BackupTableBytes, BackupTableBytes));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static long StartOfState(byte[] entries)
    {
        for (int at = 0; at < entries.Length; at += 128)
            if (Encoding.Unicode.GetString(entries, at + 56, 72).TrimEnd('\0') == "STATE")
                return BinaryPrimitives.ReadInt64LittleEndian(entries.AsSpan(at + 32)) * Sector;
        throw new InvalidOperationException("the system disk has no STATE partition");
    }

    private static byte[] Read(Microsoft.Win32.SafeHandles.SafeFileHandle disk, long offset, int count)
    {
        var bytes = new byte[count];
        Assert.Equal(count, RandomAccess.Read(disk, bytes, offset));
        return bytes;
    }
}
