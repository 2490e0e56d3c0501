using Kronform.Provision.Agent.Imaging;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Agent.Writing;

namespace Kronform.Provision.Agent.Tests.Writing;

/// <summary>What is on a disk when power goes between two of the agent's writes, and after each flush any of them may be missing.</summary>
public sealed class PowerCutTests
{
    private const int DiskBytes = 8 * TestImage.MiB;
    private const int Sector = 512;

    private static readonly IReadOnlyList<ByteRange> Places = [new(0, TestImage.MiB), new(2 * TestImage.MiB, 65536), new(DiskBytes - TestImage.MiB, TestImage.MiB)];

    [Fact]
    public void The_backup_table_goes_before_the_first_and_both_before_anything_they_lead_to()
    {
        var acts = Wipe(OldDisk());

        Assert.Equal(("zero", DiskBytes - Sector, Sector), (acts[0].Kind, acts[0].Offset, acts[0].Length));
        Assert.Equal("flush", acts[1].Kind);
        Assert.Equal(("zero", 0, Sector), (acts[2].Kind, acts[2].Offset, acts[2].Length));
        Assert.Equal("flush", acts[3].Kind);
        Assert.Equal(("zero", 0, TestImage.MiB), (acts[4].Kind, acts[4].Offset, acts[4].Length));
        Assert.Equal("flush", acts[5].Kind);
        Assert.Equal(Places.Select(place => place.Offset), acts.Skip(6).Where(act => act.Writes).Select(act => act.Offset));
        Assert.Equal("flush", acts[^1].Kind);
    }

    [Fact]
    public void The_last_sector_of_a_disk_without_a_backup_table_is_data_and_goes_after_the_first()
    {
        var disk = OldDisk();
        disk.AsSpan(DiskBytes - Sector).Fill(7);

        var acts = Wipe(disk);

        Assert.Equal(("zero", 0, Sector), (acts[0].Kind, acts[0].Offset, acts[0].Length));
    }

    [Fact]
    public void A_last_sector_that_cannot_be_read_is_taken_for_a_backup_table()
    {
        var acts = Wipe(OldDisk(), new Trouble { UnreadableAt = DiskBytes - 1 });
        Assert.Equal(DiskBytes - Sector, acts[0].Offset);
    }

    /// <summary>A disk of 512 byte sectors promises no more than that one of them is written whole.</summary>
    [Fact]
    public void The_last_write_of_a_commit_changes_one_sector_only()
    {
        var head = new byte[ImageHead.Bytes];
        new Random(3).NextBytes(head);
        var trouble = new Trouble();
        using var folder = new TempFolder();
        var path = folder["disk"];
        File.WriteAllBytes(path, new byte[DiskBytes]);
        byte[] before = [];
        trouble.BeforeWrite = _ => before = File.ReadAllBytes(path)[..ImageHead.Bytes];
        using var disk = new TroubledDisk(new FileDisk("sda", path), trouble);

        TablePlaces.Commit(disk, head, lastSector: []);

        Assert.True(before.AsSpan(0, Sector).IndexOfAnyExcept((byte)0) < 0, "the first sector was there before the last write");
        Assert.True(before.AsSpan(Sector).SequenceEqual(head.AsSpan(Sector)), "the last write has to bring more than the first sector");
        Assert.True(File.ReadAllBytes(path).AsSpan(0, ImageHead.Bytes).SequenceEqual(head));
        var written = trouble.Acts.TakeWhile(act => act.Kind != "read").Select(act => act.Kind).ToArray();
        Assert.Equal(["write", "flush", "write", "flush", "write", "flush", "drop-cache"], written);
    }

    private static byte[] OldDisk()
    {
        var disk = new byte[DiskBytes];
        new Random(2).NextBytes(disk);
        TestGpt.Put(disk, Sector, ("STATE", TestImage.LinuxData, 2048, 4095), ("EPHEMERAL", TestImage.LinuxData, 4096, 14000));
        return disk;
    }

    /// <returns>Writes and flushes.</returns>
    private static DiskAct[] Wipe(byte[] content, Trouble? trouble = null)
    {
        trouble ??= new Trouble();
        using var folder = new TempFolder();
        var path = folder["disk"];
        File.WriteAllBytes(path, content);
        using var disk = new TroubledDisk(new FileDisk("sda", path), trouble);
        TablePlaces.Wipe(disk, Places, TestContext.Current.CancellationToken);
        return [.. trouble.Acts.Where(act => act.Kind is "write" or "zero" or "flush")];
    }
}
