using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Writing;

/// <summary>Failures that show only once the disk's old content is gone.</summary>
public sealed class StreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(0.999999)]
    public async Task A_cut_stream_is_never_a_success(double share)
    {
        using var rig = new WriteRig();
        var order = await rig.OrderAsync(Token);
        var cut = rig.File[..(int)(rig.File.Length * share)];

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order), cut).HangUp(), Token, "write");

        Assert.Equal(AgentFailureCodes.ImageUnavailable, run.Failed.Code);
        Assert.True(run.Failed.DiskState == DiskStates.Untouched || rig.FirstMiBIsZero, run.Failed.DiskState);
    }

    [Fact]
    public async Task A_wrong_digest_leaves_the_disk_without_a_table()
    {
        using var rig = new WriteRig();

        var order = await rig.OrderAsync(Token, imageSha256: new string('0', 64));

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order), rig.File), Token, "write");

        AssertTaken(rig, run, AgentFailureCodes.ImageDigest);
    }

    [Fact]
    public async Task Another_expanded_size_than_ordered_leaves_the_disk_without_a_table()
    {
        using var rig = new WriteRig();

        var run = await rig.WriteAsync(Token, order => order with { Image = order.Image with { ExpandedBytes = rig.Image.Raw.Length + 512 } });

        AssertTaken(rig, run, AgentFailureCodes.ImageFormat);
    }

    [Fact]
    public async Task An_image_that_grows_beyond_the_disk_leaves_the_disk_without_a_table()
    {
        using var rig = new WriteRig();
        rig.File = WriteRig.Gzip([.. rig.Image.Raw, .. new byte[8 * TestImage.MiB]]);

        AssertTaken(rig, await rig.WriteAsync(Token), AgentFailureCodes.ImageDoesNotFit);
    }

    [Fact]
    public async Task An_image_that_ends_before_its_META_leaves_the_disk_without_a_table()
    {
        using var rig = new WriteRig();
        rig.File = WriteRig.Gzip(rig.Image.Raw[..(6 * TestImage.MiB)]);

        AssertTaken(rig, await rig.WriteAsync(Token), AgentFailureCodes.ImageFormat);
    }

    [Fact]
    public async Task An_image_that_ends_before_its_table_says_leaves_the_disk_without_a_table()
    {
        using var rig = new WriteRig();
        rig.File = WriteRig.Gzip(rig.Image.Raw[..(10 * TestImage.MiB)]);

        AssertTaken(rig, await rig.WriteAsync(Token), AgentFailureCodes.ImageFormat);
    }

    [Fact]
    public async Task Damaged_META_in_the_image_is_not_overwritten_in_silence()
    {
        var image = new TestImage();
        image.Raw[image.MetaOffset + 100] ^= 1;
        image.Raw[image.MetaOffset + 262_144 + 100] ^= 1;
        using var rig = new WriteRig(image);

        AssertTaken(rig, await rig.WriteAsync(Token), AgentFailureCodes.ImageFormat);
    }

    [Fact]
    public async Task Zero_META_is_an_empty_one()
    {
        using var rig = new WriteRig(new TestImage(dualBootKey: false));

        var run = await rig.WriteAsync(Token);

        Assert.IsType<ImageWritten>(run.Last);
        Assert.True(rig.Disk.AsSpan(0, rig.Image.Raw.Length).SequenceEqual(rig.Image.Expected()));
    }

    [Fact]
    public async Task The_Provisioner_going_away_after_the_image_cancels_until_the_commit()
    {
        using var rig = new WriteRig();
        var order = await rig.OrderAsync(Token);
        using var input = new TestInput(AgentRun.Line(order), rig.File);
        // The rest of the image fits between line and disk, so it is taken while this write is held up.
        rig.Host.Trouble.BeforeWrite = number =>
        {
            if (number != 5) return;
            input.HangUp();
            Assert.True(input.EndSeen.Wait(TimeSpan.FromSeconds(20), Token), "the end of the stream was not noticed");
        };

        var run = await AgentRun.StartAsync(rig.Host.World(), input, Token, "write");

        AssertTaken(rig, run, AgentFailureCodes.Cancelled);
    }

    [Fact]
    public async Task A_signal_in_the_middle_of_the_stream_leaves_the_disk_without_a_table()
    {
        using var rig = new WriteRig();
        var order = await rig.OrderAsync(Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        rig.Host.Trouble.BeforeWrite = number =>
        {
            if (number == 4) stop.Cancel();
        };
        // Nine tenths have come, the rest never does.
        using var input = new TestInput(AgentRun.Line(order), rig.File[..(rig.File.Length * 9 / 10)]);

        var run = await AgentRun.StartAsync(rig.Host.World(), input, stop.Token, "write");

        AssertTaken(rig, run, AgentFailureCodes.Cancelled);
    }

    private static void AssertTaken(WriteRig rig, AgentRun run, string code)
    {
        Assert.Equal((code, DiskStates.WithoutTable, 1), (run.Failed.Code, run.Failed.DiskState, run.ExitCode));
        Assert.True(rig.FirstMiBIsZero);
    }
}
