using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Writing;

/// <summary>Everything that must stop a write while the disk is as it was.</summary>
public sealed class RefusalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Orders => new()
    {
        { "another serial", AgentFailureCodes.DiskNotFound },
        { "another wwn", AgentFailureCodes.DiskNotFound },
        { "another size", AgentFailureCodes.DiskNotFound },
        { "no identity", AgentFailureCodes.BadOrder },
        { "another state", AgentFailureCodes.DiskChanged },
        { "another plan", AgentFailureCodes.DiskChanged },
        { "another node", AgentFailureCodes.DiskChanged },
        { "no node", AgentFailureCodes.BadOrder },
        { "a short plan", AgentFailureCodes.BadOrder },
        { "no length", AgentFailureCodes.BadOrder },
        { "no nonce", AgentFailureCodes.BadOrder },
        { "unknown source", AgentFailureCodes.BadOrder },
        { "upper case digest", AgentFailureCodes.BadOrder },
        { "too large expanded", AgentFailureCodes.ImageDoesNotFit },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task A_wrong_order_changes_nothing(string what, string code)
    {
        using var rig = new WriteRig();
        var before = rig.Disk;

        var run = await rig.WriteAsync(Token, order => what switch
        {
            "another serial" => order with { Disk = order.Disk with { Serial = "S2RKNX0J000009" } },
            "another wwn" => order with { Disk = order.Disk with { Wwn = "0x5002538c40000002" } },
            "another size" => order with { Disk = order.Disk with { SizeBytes = order.Disk.SizeBytes + 512 } },
            "no identity" => order with { Disk = order.Disk with { Serial = null, Wwn = null } },
            "another state" => order with { DiskStateHash = new string('0', 64) },
            "another plan" => order with { PlanHash = new string('0', 64) },
            "another node" => order with { Node = "n5" },
            "no node" => order with { Node = " " },
            "a short plan" => order with { PlanHash = order.PlanHash[..12] },
            "no length" => order with { Image = order.Image with { LengthBytes = null } },
            "no nonce" => order with { BootNonce = "" },
            "unknown source" => order with { Image = order.Image with { Kind = "ftp" } },
            "upper case digest" => order with { Image = order.Image with { Sha256 = new string('A', 64) } },
            "too large expanded" => order with { Image = order.Image with { ExpandedBytes = WriteRig.DiskBytes + 512 } },
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        });

        AssertUntouched(rig, before, run, code);
    }

    [Fact]
    public async Task A_disk_that_changed_since_it_was_chosen_is_refused()
    {
        using var rig = new WriteRig();
        var order = await rig.OrderAsync(Token);
        rig.Host.Write("sda", 0, new byte[4096]);
        var before = rig.Disk;

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order), rig.File), Token, "write");

        AssertUntouched(rig, before, run, AgentFailureCodes.DiskChanged);
    }

    /// <summary>The plan was made with the other disks as they were: what is on them may decide what boots.</summary>
    [Theory]
    [InlineData("changed")]
    [InlineData("added")]
    public async Task Another_disk_that_changed_since_the_choice_stops_the_write(string what)
    {
        using var rig = new WriteRig();
        var order = await rig.OrderAsync(Token);
        if (what == "changed") rig.Host.Write("sdb", 0, new byte[4096]);
        else rig.Host.Add(OldTalos.Described("sdc", "NEW"));
        var before = rig.Disk;

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order), rig.File), Token, "write");

        AssertUntouched(rig, before, run, AgentFailureCodes.DiskChanged);
        Assert.Contains("another disk of this machine", run.Failed.Message);
        Assert.Contains(order.PlanHash, run.Failed.Message);
        if (what == "added") Assert.Contains("sdc (serial NEW)", run.Failed.Message);
    }

    [Fact]
    public async Task Other_kernel_names_of_the_same_disks_are_the_same_plan()
    {
        using var rig = new WriteRig();
        var order = await rig.OrderAsync(Token);
        var disks = (await AgentRun.InventoryAsync(rig.Host, Token)).Disks;
        var renamed = disks.Select((disk, index) => disk with { Name = $"sd{(char)('y' + index)}" }).Reverse();

        Assert.Equal(order.PlanHash, PlanHash.Compute("n4", order.Disk, renamed, order.Image.Sha256));
    }

    [Theory]
    [InlineData("8:0", "/mnt")]
    [InlineData("0:99", "/mnt")] // btrfs shows a number of its own
    public async Task A_mounted_disk_is_busy(string number, string point)
    {
        using var rig = new WriteRig();
        rig.Host.Put("proc/self/mountinfo", $"1 1 0:2 / / rw - tmpfs none rw\n2 1 {number} / {point} rw - btrfs /dev/sda rw\n");
        var before = rig.Disk;

        var run = await rig.WriteAsync(Token);

        AssertUntouched(rig, before, run, AgentFailureCodes.DiskBusy);
        Assert.Contains(point, run.Failed.Message);
    }

    [Fact]
    public async Task A_disk_that_somebody_else_has_open_is_busy()
    {
        using var rig = new WriteRig();
        rig.Host.Trouble.Busy = true;
        var before = rig.Disk;

        var run = await AgentRun.StartAsync(rig.Host.World(new HurriedTime()),
            new TestInput(AgentRun.Line(await rig.OrderAsync(Token)), rig.File), Token, "write");

        AssertUntouched(rig, before, run, AgentFailureCodes.DiskBusy);
    }

    [Fact]
    public async Task Two_disks_with_one_identity_are_none()
    {
        using var rig = new WriteRig();
        var order = await rig.OrderAsync(Token);
        rig.Host.PutUdev("8:16", new FakeDisk("sdb", 1)
        {
            Udev = new() { ["ID_SERIAL_SHORT"] = "S2RKNX0J000001", ["ID_WWN"] = "0x5002538c40000001" },
        });
        var before = rig.Disk;

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order), rig.File), Token, "write");

        AssertUntouched(rig, before, run, AgentFailureCodes.DiskNotFound);
        Assert.Contains("2 disks fit", run.Failed.Message);
    }

    public static TheoryData<string, string> Images => new()
    {
        { "without META", AgentFailureCodes.ImageFormat },
        { "without a table", AgentFailureCodes.ImageFormat },
        { "for sectors of 4096", AgentFailureCodes.ImageDoesNotFit },
        { "larger than the disk", AgentFailureCodes.ImageDoesNotFit },
        { "of some hundred bytes", AgentFailureCodes.ImageFormat },
        { "of garbage after a zstd mark", AgentFailureCodes.ImageFormat },
    };

    [Theory]
    [MemberData(nameof(Images))]
    public async Task An_image_whose_head_is_wrong_changes_nothing(string what, string code)
    {
        using var rig = new WriteRig(what switch
        {
            "without META" => new TestImage(metaName: "OTHER"),
            "for sectors of 4096" => new TestImage(sector: 4096),
            "larger than the disk" => new TestImage(sizeMiB: 32),
            _ => new TestImage(),
        });
        if (what == "without a table") rig.File = WriteRig.Gzip(new byte[3 * TestImage.MiB]);
        if (what == "of some hundred bytes") rig.File = new byte[700];
        if (what == "of garbage after a zstd mark") rig.File = [0x28, 0xB5, 0x2F, 0xFD, .. Enumerable.Repeat((byte)0xEE, 5000)];
        var before = rig.Disk;

        var run = await rig.WriteAsync(Token);

        AssertUntouched(rig, before, run, code);
        if (what == "without META") Assert.Contains("META", run.Failed.Message);
    }

    [Fact]
    public async Task A_disk_with_sectors_of_4096_is_refused()
    {
        using var rig = new WriteRig(sectorBytes: 4096);
        var before = rig.Disk;

        AssertUntouched(rig, before, await rig.WriteAsync(Token), AgentFailureCodes.ImageDoesNotFit);
    }

    /// <summary>Whether or not the order says how large the image is: its own table does too.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_disk_one_sector_too_small_is_refused(bool told)
    {
        var image = new TestImage();
        using var rig = new WriteRig(diskBytes: image.Raw.Length - 512);
        var before = rig.Disk;

        var run = await rig.WriteAsync(Token, order => order with { Image = order.Image with { ExpandedBytes = told ? image.Raw.Length : null } });

        AssertUntouched(rig, before, run, AgentFailureCodes.ImageDoesNotFit);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json\n")]
    [InlineData("{\"disk\":null}\n")]
    [InlineData("{}\n")]
    public async Task Something_else_than_an_order_is_a_bad_order(string line)
    {
        using var rig = new WriteRig();

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(System.Text.Encoding.UTF8.GetBytes(line)).HangUp(), Token, "write");

        Assert.Equal((AgentFailureCodes.BadOrder, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
    }

    private static void AssertUntouched(WriteRig rig, byte[] before, AgentRun run, string code)
    {
        Assert.Equal((code, DiskStates.Untouched, 1), (run.Failed.Code, run.Failed.DiskState, run.ExitCode));
        Assert.True(rig.Disk.AsSpan().SequenceEqual(before), "the disk was changed");
        Assert.Equal(0, rig.Host.Trouble.Writes);
    }
}
