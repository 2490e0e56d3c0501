using Kronform.Provision.Agent.Imaging.Meta;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Writing;

public sealed class WriteTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(7.75)] // META straddles the blocks that meet at 8 MiB
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(1)]
    public async Task The_image_arrives_whole_with_the_nonce_in_it_wherever_META_lies(double metaAt)
    {
        using var rig = new WriteRig(metaAt == 1 ? NearMeta() : new TestImage(metaOffsetMiB: metaAt));
        var other = rig.Host.Read("sdb", 0, WriteRig.DiskBytes);

        var run = await rig.WriteAsync(Token);

        var written = run.Terminal<ImageWritten>();
        var expected = rig.Image.Expected();
        Assert.Equal(0, run.ExitCode);
        Assert.True(rig.Disk.AsSpan(0, expected.Length).SequenceEqual(expected));
        Assert.Equal(expected.Length, written.WrittenBytes);
        Assert.Equal(PlainDigest.Of(expected), written.ContentDigest);
        Assert.Equal(TestImage.Sha256(rig.File), written.SourceSha256);
        Assert.Equal("sda", written.DeviceName);
        Assert.Equal(["EFI", "META"], written.PartitionLabels.Order());
        Assert.True(rig.Host.Read("sdb", 0, WriteRig.DiskBytes).AsSpan().SequenceEqual(other));
    }

    [Fact]
    public async Task The_nonce_joins_the_keys_that_are_in_META_already()
    {
        using var rig = new WriteRig();
        await rig.WriteAsync(Token);

        foreach (var block in new[] { 0, MetaBlock.Bytes })
        {
            var records = MetaBlock.TryParse(rig.Host.Read("sda", rig.Image.MetaOffset + block, MetaBlock.Bytes))!;
            Assert.Equal("dual-boot"u8.ToArray(), records.Single(record => record.Tag == 0x11).Value);
            Assert.Equal(TestImage.Nonce, System.Text.Encoding.UTF8.GetString(records.Single(record => record.Tag == BootNonceKey.Tag).Value));
        }
    }

    /// <summary>Firmware that finds no first table takes one in the last sector: it must not be there before all is proven.</summary>
    [Fact]
    public async Task The_backup_table_of_an_image_as_large_as_its_disk_comes_after_everything_was_read_back()
    {
        using var rig = new WriteRig(diskBytes: 11 * TestImage.MiB);
        var lastSector = rig.Disk.Length - 512;

        var run = await rig.WriteAsync(Token);

        var expected = rig.Image.Expected();
        Assert.Equal(PlainDigest.Of(expected), run.Terminal<ImageWritten>().ContentDigest);
        Assert.True(rig.Disk.AsSpan().SequenceEqual(expected));
        var acts = rig.Host.Trouble.Acts;
        var table = Assert.Single(acts, act => act is { Writes: true, Zero: false } && act.Offset + act.Length > lastSector);
        var lastRead = acts.FindLastIndex(act => act is { Kind: "read", Length: 3 * TestImage.MiB, Offset: 8 * TestImage.MiB });
        Assert.InRange(lastRead, 0, acts.IndexOf(table));
    }

    [Fact]
    public async Task The_events_follow_the_steps_and_are_numbered_without_gaps()
    {
        using var rig = new WriteRig();

        var run = await rig.WriteAsync(Token);

        Assert.Equal(Enumerable.Range(1, run.Events.Count), run.Events.Select(line => line.Index));
        Assert.IsType<AgentStarted>(run.Events[0]);
        Assert.Equal(
            [AgentSteps.Settle, AgentSteps.Inspect, AgentSteps.Hold, AgentSteps.Wipe, AgentSteps.Write, AgentSteps.ReadBack, AgentSteps.Commit],
            run.Events.OfType<AgentStep>().Select(step => step.Step));
        Assert.Single(run.Events, line => line.IsTerminal);
        var progress = run.Events.OfType<AgentProgress>().Last(step => step.Step == AgentSteps.Write);
        Assert.Equal((rig.File.Length, rig.File.Length, rig.Image.Raw.Length - TestImage.MiB), ((int)progress.BytesIn, (int)progress.TotalBytes!, (int)progress.BytesOut));
    }

    [Fact]
    public async Task Both_tables_are_wiped_first_and_the_first_MiB_is_written_last_after_everything_was_read_back()
    {
        using var rig = new WriteRig();
        await rig.WriteAsync(Token);

        var acts = rig.Host.Trouble.Acts;
        var writes = acts.Where(act => act.Writes).ToArray();
        Assert.Equal(["zero 16776704 512", "zero 0 512", "zero 0 1048576"], writes[..3].Select(act => $"{act.Kind} {act.Offset} {act.Length}"));
        // The last three are the head without its first sectors, then those, at first without the very first: until then there is no table.
        Assert.Equal([4096, 0, 0], writes[^3..].Select(act => (int)act.Offset));
        Assert.All(writes[3..^3], act => Assert.True(act.Zero || act.Offset >= TestImage.MiB, $"{act} touches the first MiB"));

        var lastBodyWrite = acts.FindLastIndex(act => act.Writes && act.Offset >= TestImage.MiB);
        var commit = acts.FindIndex(act => act is { Kind: "write", Offset: 4096 });
        var between = acts[(lastBodyWrite + 1)..commit];
        Assert.Equal("flush", between[0].Kind);
        Assert.Equal("drop-cache", between[1].Kind);
        Assert.Equal(rig.Image.Raw.Length, between.Where(act => act.Kind == "read").Sum(act => act.Length));
    }

    [Fact]
    public async Task Wherever_power_fails_the_disk_has_its_old_table_none_or_the_proven_image()
    {
        using var rig = new WriteRig();
        var old = rig.Host.Read("sda", 0, TestImage.MiB);
        var heads = new List<byte[]>();
        rig.Host.Trouble.BeforeWrite = _ => heads.Add(rig.Host.Read("sda", 0, TestImage.MiB));

        await rig.WriteAsync(Token);

        Assert.True(heads.Count >= 6, $"{heads.Count} writes");
        // The backup table goes before the first.
        Assert.Equal(old, heads[0]);
        Assert.Equal(old, heads[1]);
        Assert.All(heads[2..], head => Assert.Equal(-1, head.AsSpan(0, 512).IndexOfAnyExcept((byte)0)));
        Assert.All(heads[3..^1], head => Assert.Equal(-1, head.AsSpan(0, 4096).IndexOfAnyExcept((byte)0)));
        Assert.True(heads[^1].AsSpan(512).SequenceEqual(rig.Disk.AsSpan(512, TestImage.MiB - 512)), "before the last write only the first sector is missing");
    }

    [Fact]
    public async Task An_error_at_any_write_leaves_the_disk_without_a_table_and_says_so()
    {
        using (var whole = new WriteRig())
        {
            await whole.WriteAsync(Token);
            var writes = whole.Host.Trouble.Writes;
            for (var failing = 1; failing <= writes; failing++)
            {
                using var rig = new WriteRig();
                rig.Host.Trouble.FailWrite = failing;

                var run = await rig.WriteAsync(Token);

                Assert.Equal((failing, AgentFailureCodes.DiskWrite), (failing, run.Failed.Code));
                Assert.Equal(DiskStates.WithoutTable, run.Failed.DiskState);
                Assert.Contains(run.Failed.Causes, cause => cause.Contains("Input/output error"));
                Assert.True(rig.FirstMiBIsZero, $"first MiB after write {failing} of {writes} failed");
                Assert.Equal(1, run.ExitCode);
            }
        }
    }

    [Fact]
    public async Task A_disk_that_takes_no_more_writes_is_of_unknown_state()
    {
        using var rig = new WriteRig();
        (rig.Host.Trouble.FailWrite, rig.Host.Trouble.Lasting) = (4, true);

        var run = await rig.WriteAsync(Token);

        Assert.Equal((AgentFailureCodes.DiskWrite, DiskStates.Unknown), (run.Failed.Code, run.Failed.DiskState));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(10)]
    public async Task Writes_that_a_disk_swallows_are_found_by_reading_back(int from)
    {
        using var rig = new WriteRig();
        rig.Host.Trouble.LoseWritesFrom = from;

        var run = await rig.WriteAsync(Token);

        Assert.Equal(AgentFailureCodes.ReadBack, run.Failed.Code);
        Assert.True(rig.FirstMiBIsZero);
    }

    [Theory]
    [InlineData(5 * TestImage.MiB + 17)]
    [InlineData(6 * TestImage.MiB)]
    [InlineData(11 * TestImage.MiB - 1)]
    public async Task One_turned_bit_is_found_by_reading_back_and_placed(long at)
    {
        using var rig = new WriteRig();
        rig.Host.Trouble.FlippedAt = at;

        var run = await rig.WriteAsync(Token);

        Assert.Equal((AgentFailureCodes.ReadBack, DiskStates.WithoutTable), (run.Failed.Code, run.Failed.DiskState));
        Assert.Contains($"bytes {at / (4 * TestImage.MiB) * 4 * TestImage.MiB} to", run.Failed.Message);
        Assert.True(rig.FirstMiBIsZero);
    }

    [Fact]
    public async Task A_sector_that_cannot_be_read_back_is_a_failure_of_reading_back()
    {
        using var rig = new WriteRig();
        rig.Host.Trouble.UnreadableAt = 9 * TestImage.MiB;

        var run = await rig.WriteAsync(Token);

        Assert.Equal((AgentFailureCodes.ReadBack, DiskStates.WithoutTable), (run.Failed.Code, run.Failed.DiskState));
    }

    [Fact]
    public async Task What_was_behind_the_image_is_wiped_where_it_could_come_back_to_life()
    {
        using var rig = new WriteRig();
        await rig.WriteAsync(Token);

        var disk = rig.Disk;
        // The old backup table at the disk's end, and the end of the old EPHEMERAL partition.
        Assert.Equal(-1, disk.AsSpan(WriteRig.DiskBytes - TestImage.MiB).IndexOfAnyExcept((byte)0));
        var inventory = await AgentRun.InventoryAsync(rig.Host, Token);
        var after = inventory.Disks.Single(candidate => candidate.Name == "sda");
        Assert.Equal(["EFI", "META"], after.Partitions.Select(partition => partition.Label));
        Assert.Equal(["gpt"], after.Signatures.Select(mark => mark.Kind));
        Assert.Equal(["talosmeta", "talosmeta"], after.Partitions[1].Signatures.Select(mark => mark.Kind));
    }

    [Fact]
    public async Task A_partition_of_another_disk_with_a_PARTUUID_of_the_image_is_a_warning()
    {
        using var rig = new WriteRig();
        var older = new byte[WriteRig.DiskBytes];
        TestGpt.Put(older, 512, ("old-EFI", TestImage.Esp, 2048, 4095));
        rig.Host.Write("sdb", 0, older);

        var run = await rig.WriteAsync(Token);

        Assert.IsType<ImageWritten>(run.Last);
        var warning = Assert.Single(run.Events.OfType<AgentWarning>(), warning => warning.Message.Contains("boot.part-uuid"));
        Assert.Contains("partition 1 of the disk with serial S2RKNX0J000002", warning.Message);
    }

    [Fact]
    public async Task A_kernel_that_does_not_take_the_new_table_is_a_warning()
    {
        using var rig = new WriteRig();
        rig.Host.Trouble.BusyRereads = int.MaxValue;

        var run = await AgentRun.StartAsync(rig.Host.World(new HurriedTime()),
            new TestInput(AgentRun.Line(await rig.OrderAsync(Token)), rig.File), Token, "write");

        Assert.IsType<ImageWritten>(run.Last);
        Assert.Contains(run.Events.OfType<AgentWarning>(), warning => warning.Message.Contains("partition table"));
    }

    private static TestImage NearMeta()
    {
        // As an image whose first partition is META: it begins right behind the withheld MiB.
        var near = new TestImage(metaOffsetMiB: 1, dualBootKey: true);
        TestGpt.Put(near.Raw, 512, ("META", TestImage.LinuxData, 2048, 4095), ("EFI", TestImage.Esp, 4096, 8191));
        return near;
    }
}
