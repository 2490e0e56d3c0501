using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Disks;

/// <summary>Puts onto a new disk what its former life left there.</summary>
internal static class DiskFiller
{
    private const long GiB = 1L << 30;
    private const long MiB = 1L << 20;

    public static async Task FillAsync(DiskDescription disk, string path, CancellationToken cancellation)
    {
        SparseFile.Create(path, disk.SizeBytes);
        switch (disk.Fill)
        {
            case DiskFill.Ceph:
                Ceph(disk, path);
                break;
            case DiskFill.Random:
                Noise(disk, path, [0, MiB, 100 * MiB, GiB, disk.SizeBytes / 2, disk.SizeBytes - MiB]);
                break;
            case DiskFill.Ext4:
                await Ext4Async(disk, path, cancellation);
                break;
            case DiskFill.TalosStale:
                await TalosAsync(disk, path, cancellation);
                break;
        }
    }

    /// <summary>BlueStore's label is text and then binary, 4 KiB, at 0 and, since Squid, at 1, 10, 100 and 1000 GiB.</summary>
    private static void Ceph(DiskDescription disk, string path)
    {
        Noise(disk, path, [2 * MiB, GiB + 2 * MiB, 7 * GiB, disk.SizeBytes / 2, disk.SizeBytes - MiB]);
        var uuid = new Guid(SixteenBytes(disk.Serial));
        var label = new byte[4096];
        Encoding.ASCII.GetBytes($"bluestore block device\n{uuid}\n", label);
        Pattern(disk.Serial, 0).AsSpan(0, 256).CopyTo(label.AsSpan(60));
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        foreach (var gibibytes in new long[] { 0, 1, 10, 100, 1000 })
        {
            if (gibibytes * GiB + label.Length <= disk.SizeBytes)
                RandomAccess.Write(file, label, gibibytes * GiB);
        }
    }

    private static async Task Ext4Async(DiskDescription disk, string path, CancellationToken cancellation)
    {
        await WithFolderAsync(disk, path, async folder =>
            await Tool.RunAsync("mke2fs", ["-q", "-F", "-t", "ext4", "-T", "largefile4", "-L", "data",
                "-E", "lazy_itable_init=1,lazy_journal_init=1", "-d", folder, path], cancellation));
    }

    /// <summary>Sectors of an image of Talos 1.7, which brought its own STATE.</summary>
    private static async Task TalosAsync(DiskDescription disk, string path, CancellationToken cancellation)
    {
        await Tool.RunAsync("sgdisk", ["-o",
            "-n", "1:2048:+100M", "-t", "1:EF00", "-c", "1:EFI",
            "-n", "2:0:+1M", "-t", "2:EF02", "-c", "2:BIOS",
            "-n", "3:0:+200M", "-t", "3:8300", "-c", "3:BOOT",
            "-n", "4:0:+1M", "-t", "4:8300", "-c", "4:META",
            "-n", "5:0:+100M", "-t", "5:8300", "-c", "5:STATE",
            "-n", "6:0:0", "-t", "6:8300", "-c", "6:EPHEMERAL", path], cancellation);
        const long state = 2048 * 512 + (100 + 1 + 200 + 1) * MiB;
        await WithFolderAsync(disk, path, async folder =>
            await Tool.RunAsync("mke2fs", ["-q", "-F", "-t", "ext4", "-L", "STATE", "-d", folder,
                "-E", $"offset={state}", path, "100M"], cancellation));
        Noise(disk, path, [disk.SizeBytes / 2]);
    }

    private static async Task WithFolderAsync(DiskDescription disk, string path, Func<string, Task> use)
    {
        if (disk.FillFrom is not null)
        {
            await use(disk.FillFrom);
            return;
        }

        var folder = Directory.CreateDirectory(path + ".content").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "precious"), Pattern(disk.Serial, 1));
            await use(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Noise(DiskDescription disk, string path, IEnumerable<long> offsets)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        foreach (var offset in offsets.Where(o => o >= 0 && o + MiB <= disk.SizeBytes))
            RandomAccess.Write(file, Pattern(disk.Serial, offset), offset / 4096 * 4096);
    }

    /// <summary>One MiB that differs by disk and place, and is the same in every run.</summary>
    private static byte[] Pattern(string serial, long place)
    {
        var block = new byte[MiB];
        var seed = SHA256.HashData(Encoding.ASCII.GetBytes($"{serial} {place}"));
        for (var offset = 0; offset < block.Length; offset += seed.Length)
        {
            seed.CopyTo(block, offset);
            seed = SHA256.HashData(seed);
        }

        return block;
    }

    private static byte[] SixteenBytes(string text) => SHA256.HashData(Encoding.ASCII.GetBytes(text))[..16];
}
