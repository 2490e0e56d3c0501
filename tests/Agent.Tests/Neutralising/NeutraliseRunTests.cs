using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Neutralising;

public sealed class NeutraliseRunTests : IDisposable
{
    private readonly FakeHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public NeutraliseRunTests()
    {
        _host.Add(OldTalos.Described());
        _host.Write("sdb", 0, OldTalos.Disk());
    }

    private byte[] Disk => _host.Read("sdb", 0, OldTalos.DiskBytes);

    [Fact]
    public async Task An_order_without_changes_is_answered_and_nothing_is_written()
    {
        var before = Disk;

        var proposed = (await RunAsync(await OrderAsync())).Terminal<NeutraliseProposed>();

        Assert.Equal(4, proposed.Changes.Count);
        Assert.True(before.AsSpan().SequenceEqual(Disk));
        Assert.Equal(0, _host.Trouble.Writes);
    }

    [Fact]
    public async Task The_proposed_changes_are_made_flushed_and_proven_and_undoing_them_gives_the_disk_back()
    {
        var before = Disk;
        var order = await FullOrderAsync();

        var done = (await RunAsync(order)).Terminal<DiskNeutralised>();

        Assert.Equal("OLD1", done.Disk.Serial);
        Sgdisk.AssertSound(_host.PathOf("sdb"));
        Assert.Equal(["EFI", "BIOS", "old-BOOT", "old-META", "old-STATE", "old-EPHEMERAL", "ceph"], Sgdisk.Names(_host.PathOf("sdb")));
        Assert.Empty((await RunAsync(await OrderAsync())).Terminal<NeutraliseProposed>().Changes);
        foreach (var change in order.Changes!) _host.Write("sdb", change.OffsetBytes, change.Before);
        Assert.True(before.AsSpan().SequenceEqual(Disk), "the kept bytes do not undo it");
    }

    [Fact]
    public async Task Each_change_is_flushed_and_read_back_before_the_next_is_written()
    {
        var order = await FullOrderAsync();

        (await RunAsync(order)).Terminal<DiskNeutralised>();

        var acts = _host.Trouble.Acts.SkipWhile(act => act.Kind != "write").ToArray();
        var expected = order.Changes!.SelectMany(change => new[] { "write", "flush", "drop-cache", "read" }.Select(kind => (kind, kind is "write" or "read" ? change.OffsetBytes : 0)));
        Assert.Equal(expected, acts.Select(act => (act.Kind, act.Offset)));
    }

    /// <summary>Power is cut before each of the writes in turn; the same order then completes what was begun.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_power_cut_leaves_a_sound_table_and_the_same_order_completes_the_change(int write)
    {
        var order = await FullOrderAsync();
        _host.Trouble.BeforeWrite = number =>
        {
            if (number == write) throw new OperationCanceledException();
        };
        await RunAsync(order);
        AssertSomeTableIsSound();

        _host.Trouble.BeforeWrite = null;
        (await RunAsync(order)).Terminal<DiskNeutralised>();

        Sgdisk.AssertSound(_host.PathOf("sdb"));
        Assert.Contains("old-META", Sgdisk.Names(_host.PathOf("sdb")));
    }

    [Fact]
    public async Task A_change_of_which_only_some_sectors_arrived_is_completed()
    {
        var order = await FullOrderAsync();
        var several = order.Changes!.First(change => change.After.Length > 512);
        _host.Write("sdb", several.OffsetBytes, several.After.AsSpan(0, 512));

        (await RunAsync(order)).Terminal<DiskNeutralised>();

        Sgdisk.AssertSound(_host.PathOf("sdb"));
    }

    [Fact]
    public async Task Changes_that_are_all_there_already_succeed_without_another_write()
    {
        var order = await FullOrderAsync();
        (await RunAsync(order)).Terminal<DiskNeutralised>();
        var writes = _host.Trouble.Writes;

        (await RunAsync(order)).Terminal<DiskNeutralised>();

        Assert.Equal(writes, _host.Trouble.Writes);
    }

    [Theory]
    [InlineData("a foreign byte in a table", AgentFailureCodes.DiskChanged)]
    [InlineData("another mark on the disk", AgentFailureCodes.DiskChanged)]
    [InlineData("changes of one's own", AgentFailureCodes.DiskChanged)]
    [InlineData("fewer changes", AgentFailureCodes.DiskChanged)]
    [InlineData("no changes", AgentFailureCodes.BadOrder)]
    [InlineData("unequal lengths", AgentFailureCodes.BadOrder)]
    [InlineData("half a sector", AgentFailureCodes.BadOrder)]
    [InlineData("outside the disk", AgentFailureCodes.BadOrder)]
    [InlineData("an overflowing place", AgentFailureCodes.BadOrder)]
    [InlineData("twice the same place", AgentFailureCodes.BadOrder)]
    [InlineData("another serial", AgentFailureCodes.DiskNotFound)]
    [InlineData("mounted", AgentFailureCodes.DiskBusy)]
    [InlineData("held", AgentFailureCodes.DiskBusy)]
    [InlineData("read only", AgentFailureCodes.DiskWrite)]
    public async Task A_wrong_order_or_disk_changes_nothing(string what, string code)
    {
        var order = await FullOrderAsync();
        var changes = order.Changes!;
        switch (what)
        {
            case "a foreign byte in a table": _host.Write("sdb", changes[0].OffsetBytes + 500, [0x99]); break;
            case "another mark on the disk": _host.Write("sdb", 2 * TestImage.MiB, "XFSB"u8); break;
            case "changes of one's own":
                var own = Disk.AsSpan(5 * TestImage.MiB, 512).ToArray();
                order = order with { Changes = [.. changes, new ByteChange(5 * TestImage.MiB, own, new byte[512], "data")] };
                break;
            case "fewer changes": order = order with { Changes = [.. changes.Skip(1)] }; break;
            case "no changes": order = order with { Changes = [] }; break;
            case "unequal lengths": order = order with { Changes = [changes[0] with { After = new byte[changes[0].Before.Length - 512] }] }; break;
            case "half a sector": order = order with { Changes = [new ByteChange(0, Disk[..256], new byte[256], "half")] }; break;
            case "outside the disk": order = order with { Changes = [changes[0] with { OffsetBytes = OldTalos.DiskBytes }] }; break;
            case "an overflowing place": order = order with { Changes = [changes[0] with { OffsetBytes = long.MaxValue - 511 }] }; break;
            case "twice the same place": order = order with { Changes = [changes[0], changes[0]] }; break;
            case "another serial": order = order with { Disk = order.Disk with { Serial = "OLD2" } }; break;
            case "mounted": _host.Put("proc/self/mountinfo", "1 1 0:2 / / rw - tmpfs none rw\n2 1 8:0 / /mnt rw - xfs /dev/sdb rw\n"); break;
            case "held": _host.Put("sys/block/sdb/holders/dm-0", ""); break;
            case "read only": _host.Put("sys/block/sdb/ro", "1\n"); break;
        }
        var before = Disk;

        var run = await RunAsync(order);

        Assert.Equal((code, DiskStates.Untouched, 1), (run.Failed.Code, run.Failed.DiskState, run.ExitCode));
        Assert.True(before.AsSpan().SequenceEqual(Disk), "the disk was changed");
        Assert.Equal(0, _host.Trouble.Writes);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"disk\":{\"serial\":\"OLD1\",\"sizeBytes\":16777216},\"diskStateHash\":\"x\"}")]
    [InlineData("{\"disk\":{\"serial\":\"OLD1\",\"sizeBytes\":16777216},\"diskStateHash\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"changes\":[null]}")]
    [InlineData("{\"disk\":{\"serial\":\"OLD1\",\"sizeBytes\":16777216},\"diskStateHash\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"changes\":[{\"offsetBytes\":0,\"before\":\"AA==\"}]}")]
    public async Task Something_else_than_an_order_is_a_bad_order(string line)
    {
        var run = await AgentRun.StartAsync(_host.World(), new TestInput(System.Text.Encoding.UTF8.GetBytes(line + "\n")), Token, "neutralise");

        Assert.Equal((AgentFailureCodes.BadOrder, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
    }

    [Theory]
    [InlineData("another state", AgentFailureCodes.DiskChanged)]
    [InlineData("mounted", AgentFailureCodes.DiskBusy)]
    public async Task A_proposal_is_refused_for_the_same_reasons(string what, string code)
    {
        var order = await OrderAsync();
        if (what == "another state") order = order with { DiskStateHash = new string('0', 64) };
        else _host.Put("proc/self/mountinfo", "1 1 0:2 / / rw - tmpfs none rw\n2 1 8:0 / /mnt rw - xfs /dev/sdb rw\n");

        var run = await RunAsync(order);

        Assert.Equal((code, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
    }

    [Fact]
    public async Task A_write_that_fails_ends_the_run_before_the_other_table_is_touched()
    {
        var order = await FullOrderAsync();
        _host.Trouble.FailWrite = 2;

        var run = await RunAsync(order);

        Assert.Equal((AgentFailureCodes.DiskWrite, DiskStates.PartlyChanged), (run.Failed.Code, run.Failed.DiskState));
        AssertSomeTableIsSound();
    }

    [Fact]
    public async Task A_disk_that_loses_writes_is_found_out_before_the_other_table_is_touched()
    {
        var order = await FullOrderAsync();
        _host.Trouble.LoseWritesFrom = 1;

        var run = await RunAsync(order);

        Assert.Equal((AgentFailureCodes.ReadBack, DiskStates.PartlyChanged), (run.Failed.Code, run.Failed.DiskState));
        Assert.Equal(1, _host.Trouble.Writes);
    }

    [Fact]
    public async Task A_kernel_that_keeps_its_old_partitions_is_a_warning()
    {
        var order = await FullOrderAsync();
        _host.Trouble.BusyRereads = 100;

        var run = await RunAsync(order, new HurriedTime());

        run.Terminal<DiskNeutralised>();
        Assert.Contains(run.Events, line => line is AgentWarning { Message: var words } && words.Contains("partition table", StringComparison.Ordinal));
    }

    public void Dispose() => _host.Dispose();

    private async Task<NeutraliseOrder> OrderAsync()
    {
        var disk = (await AgentRun.InventoryAsync(_host, Token)).Disks.Single();
        return new NeutraliseOrder { Disk = disk.Identity, DiskStateHash = DiskState.Hash(disk) };
    }

    private async Task<NeutraliseOrder> FullOrderAsync()
    {
        var order = await OrderAsync();
        return order with { Changes = (await RunAsync(order)).Terminal<NeutraliseProposed>().Changes };
    }

    private Task<AgentRun> RunAsync(NeutraliseOrder order, TimeProvider? time = null) =>
        AgentRun.StartAsync(_host.World(time), new TestInput(AgentRun.Line(order)), Token, "neutralise");

    private void AssertSomeTableIsSound()
    {
        var disk = Disk;
        byte[] Read(long offset, int count) => disk.AsSpan((int)offset, count).ToArray();
        Assert.True(Agent.Inventory.Tables.GptTable.TryRead(Read, 512, 512, disk.Length) is not null
            || Agent.Inventory.Tables.GptTable.TryRead(Read, disk.Length - 512, 512, disk.Length) is not null, "both tables are broken");
    }
}
