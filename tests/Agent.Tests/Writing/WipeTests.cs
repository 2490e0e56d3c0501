using System.IO.Compression;
using System.Text;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Writing;

public sealed class WipeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly byte[] Saved = Encoding.UTF8.GetBytes(WriteOrder.SavedAnswer + "\n");

    [Fact]
    public async Task Everything_that_is_wiped_can_be_put_back_from_what_was_saved()
    {
        using var rig = new WriteRig();
        var old = rig.Disk;
        var order = await rig.OrderAsync(Token) with { SaveFirst = true };

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order), Saved, rig.File), Token, "write");

        Assert.IsType<ImageWritten>(run.Last);
        var restored = rig.Disk;
        foreach (var piece in run.Events.OfType<BytesSaved>())
            Expand(piece).CopyTo(restored.AsSpan((int)piece.OffsetBytes));
        var imageEnd = rig.Image.Raw.Length;
        Assert.True(restored.AsSpan(imageEnd).SequenceEqual(old.AsSpan(imageEnd)), "something behind the image is lost");
        Assert.True(restored.AsSpan(0, TestImage.MiB).SequenceEqual(old.AsSpan(0, TestImage.MiB)), "the first MiB is lost");
        var done = Assert.Single(run.Events.OfType<SavingDone>());
        Assert.Equal((run.Events.OfType<BytesSaved>().Count(), run.Events.OfType<BytesSaved>().Sum(piece => (long)piece.LengthBytes)), (done.Pieces, done.Bytes));
    }

    [Fact]
    public async Task Nothing_is_written_before_the_answer_that_it_is_kept()
    {
        using var rig = new WriteRig();
        var old = rig.Disk;
        var order = await rig.OrderAsync(Token) with { SaveFirst = true };

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order)).HangUp(), Token, "write");

        Assert.Equal(DiskStates.Untouched, run.Failed.DiskState);
        Assert.Equal(0, rig.Host.Trouble.Writes);
        Assert.Equal(old, rig.Disk);
    }

    [Fact]
    public async Task Another_answer_than_the_agreed_one_is_a_refusal()
    {
        using var rig = new WriteRig();
        var order = await rig.OrderAsync(Token) with { SaveFirst = true };

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order), "saved?\n"u8.ToArray(), rig.File), Token, "write");

        Assert.Equal((AgentFailureCodes.BadOrder, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
        Assert.Equal(0, rig.Host.Trouble.Writes);
    }

    [Fact]
    public async Task A_place_that_cannot_be_saved_stops_the_run_before_anything_is_written()
    {
        using var rig = new WriteRig();
        rig.Host.Trouble.UnreadableAt = WriteRig.DiskBytes - 4096;
        var order = await rig.OrderAsync(Token) with { SaveFirst = true };

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order), Saved, rig.File), Token, "write");

        Assert.Equal((AgentFailureCodes.DiskWipe, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
        Assert.Equal(0, rig.Host.Trouble.Writes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_wipe_that_the_disk_swallows_is_found_before_the_image_is_written(int lost)
    {
        using var rig = new WriteRig();
        rig.Host.Trouble.LoseWritesFrom = lost;

        var run = await rig.WriteAsync(Token);

        Assert.Equal(AgentFailureCodes.DiskWipe, run.Failed.Code);
        Assert.DoesNotContain(run.Events.OfType<AgentStep>(), step => step.Step == AgentSteps.Write);
        Assert.NotEqual(DiskStates.Untouched, run.Failed.DiskState);
    }

    /// <summary>Whoever looks meanwhile would find partitions of which the disk has nothing any more.</summary>
    [Fact]
    public async Task The_kernel_is_told_that_the_old_table_is_gone_after_the_proof_and_before_the_image()
    {
        using var rig = new WriteRig();
        var told = new List<DiskAct[]>();
        rig.Host.Trouble.BeforeReread = () => told.Add([.. rig.Host.Trouble.Acts]);

        Assert.IsType<ImageWritten>((await rig.WriteAsync(Token)).Last);

        Assert.Equal(2, told.Count);
        Assert.DoesNotContain(told[0], act => act.Kind == "write");
        Assert.Equal("read", told[0][^1].Kind);
        var proof = told[0].SkipWhile(act => act.Kind != "drop-cache").ToArray();
        Assert.DoesNotContain(proof, act => act.Writes);
        Assert.Contains(proof, act => act.Offset == 0 && act.Length > 0);
        Assert.Contains(proof, act => act.Offset + act.Length == WriteRig.DiskBytes);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(5)]
    public async Task A_kernel_that_keeps_the_old_partitions_for_now_harms_nothing(int errno)
    {
        using var rig = new WriteRig();
        var asked = 0;
        rig.Host.Trouble.BusyRereads = errno == 16 ? 1 : 0;
        rig.Host.Trouble.BeforeReread = () =>
        {
            if (++asked == 1 && errno != 16) throw new DiskIoException($"Could not have the kernel read the partition table of sda ({errno})", errno);
        };

        var run = await rig.WriteAsync(Token);

        Assert.IsType<ImageWritten>(run.Last);
        Assert.Equal(2, asked);
        Assert.Empty(run.Events.OfType<AgentWarning>());
        Assert.True(rig.Disk.AsSpan(0, rig.Image.Raw.Length).SequenceEqual(rig.Image.Expected()));
    }

    [Fact]
    public async Task A_second_write_of_the_same_image_writes_only_what_differs()
    {
        using var rig = new WriteRig();
        await rig.WriteAsync(Token);
        rig.Host.Write("sda", 2 * TestImage.MiB + 5, [1, 2, 3]);
        rig.Host.Trouble.Acts.Clear();

        var written = (await rig.WriteAsync(Token, order => order with { Reuse = true })).Terminal<ImageWritten>();

        Assert.True(rig.Disk.AsSpan(0, rig.Image.Raw.Length).SequenceEqual(rig.Image.Expected()));
        var body = rig.Host.Trouble.Acts.Where(act => act.Kind == "write" && act.Offset >= TestImage.MiB).ToArray();
        // The run of pieces that was damaged, META and the partition's start and end that the wiping took away; the rest was there.
        Assert.Contains(body, act => act.Offset <= 2 * TestImage.MiB + 5 && act.Offset + act.Length > 2 * TestImage.MiB + 5);
        Assert.InRange(written.ReusedBytes, 1, rig.Image.Raw.Length - TestImage.MiB - 1);
        Assert.Equal(written.WrittenBytes - TestImage.MiB - written.ReusedBytes,
            rig.Host.Trouble.Acts.Where(act => act.Writes && act.Offset >= TestImage.MiB).Sum(act => act.Length) - WipedBytes(rig));
    }

    private static byte[] Expand(BytesSaved piece)
    {
        using var expanded = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(piece.Gzip), CompressionMode.Decompress)) gzip.CopyTo(expanded);
        Assert.Equal(piece.LengthBytes, expanded.Length);
        return expanded.ToArray();
    }

    /// <summary>Zeros before the first read of the image's body: those of the wiping.</summary>
    private static long WipedBytes(WriteRig rig) =>
        rig.Host.Trouble.Acts.TakeWhile(act => act.Kind != "drop-cache").Where(act => act.Writes && act.Offset >= TestImage.MiB).Sum(act => act.Length);
}
