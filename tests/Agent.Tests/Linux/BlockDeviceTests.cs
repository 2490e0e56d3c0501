using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Agent.Tests.Linux;

/// <summary>The real thing, on a loop device over a file; skipped where the host gives none.</summary>
public sealed class BlockDeviceTests : IDisposable
{
    private const int MiB = 1 << 20;

    private readonly TempFolder _folder = new();
    private readonly LoopDevice? _loop;

    public BlockDeviceTests()
    {
        using (var file = File.Create(_folder["disk"])) file.SetLength(16 * MiB + 512 * 3);
        _loop = LoopDevice.TryAttach(_folder["disk"]);
    }

    private string Loop
    {
        get
        {
            Assert.SkipWhen(_loop is null, "no loop device to be had");
            return _loop!.Path;
        }
    }

    private static BlockDevices Devices => new("/dev");

    private string Name => Path.GetFileName(Loop);

    [Fact]
    public void What_is_written_at_any_sector_is_read_at_any_byte()
    {
        using var disk = Devices.Hold(Name);
        Assert.Equal((16 * MiB + 512 * 3, 512), (disk.SizeBytes, disk.LogicalSectorBytes));
        var bytes = new byte[3 * MiB + 512];
        new Random(3).NextBytes(bytes);

        disk.WriteAt(512, bytes);
        disk.WriteAt(disk.SizeBytes - 512, bytes.AsSpan(0, 512));
        disk.Flush();
        disk.DropCache();

        var odd = new byte[2 * MiB + 77];
        disk.ReadAt(512 + 13, odd);
        Assert.True(odd.AsSpan().SequenceEqual(bytes.AsSpan(13, odd.Length)));
        var last = new byte[100];
        disk.ReadAt(disk.SizeBytes - 100, last);
        Assert.Equal(bytes[412..512], last);
    }

    [Fact]
    public void A_zeroed_range_is_zero_and_its_neighbours_are_not()
    {
        using var disk = Devices.Hold(Name);
        var ones = new byte[8 * MiB];
        Array.Fill(ones, (byte)1);
        disk.WriteAt(0, ones);

        disk.ZeroAt(MiB, 5 * MiB);

        var read = new byte[8 * MiB];
        disk.ReadAt(0, read);
        Assert.Equal(MiB, read.AsSpan().IndexOf((byte)0));
        Assert.Equal(-1, read.AsSpan(MiB, 5 * MiB).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, read.AsSpan(6 * MiB).IndexOfAnyExcept((byte)1));
    }

    [Fact]
    public void A_held_disk_is_busy_for_the_next_one_but_can_be_read()
    {
        using var disk = Devices.Hold(Name);

        var refused = Assert.Throws<DiskIoException>(() => Devices.Hold(Name));
        using var reader = Devices.OpenToRead(Name);

        Assert.True(refused.IsBusy, refused.Message);
        reader.ReadAt(0, new byte[512]);
    }

    [Fact]
    public void Beyond_the_end_nothing_is_read_or_written()
    {
        using var disk = Devices.Hold(Name);

        Assert.Throws<DiskIoException>(() => disk.ReadAt(disk.SizeBytes - 512, new byte[1024]));
        Assert.Throws<DiskIoException>(() => disk.WriteAt(disk.SizeBytes, new byte[512]));
    }

    [Fact]
    public void A_disk_that_is_not_there_says_so()
    {
        var absent = Assert.Throws<DiskIoException>(() => Devices.OpenToRead("no-such-disk"));

        Assert.False(absent.IsBusy);
        Assert.Contains("no-such-disk", absent.Message);
    }

    public void Dispose()
    {
        _loop?.Dispose();
        _folder.Dispose();
    }
}
