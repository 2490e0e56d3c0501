using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Kronform.Provision.VirtualRack.Tests.PowerCuts;

namespace Kronform.Provision.VirtualRack.Tests.Runs;

/// <summary>Disks that fail in one sector, below the real kernel's drivers: said with the place, and nothing left to start.</summary>
public sealed partial class FailingDiskTests
{
    private const int BlockBytes = 4 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="node">Of racks/faults.yaml.</param>
    /// <param name="at">Where its disk fails.</param>
    [Theory]
    [InlineData("n4", "S5GXNF0R100321", 25178112, "disk.write-failed", 35, "write")]
    [InlineData("n5", "S45PNA0M100322", 25178112, "disk.write-failed", 35, "write")]
    [InlineData("n6", "S5GXNF0R100323", 25178112, "disk.read-back", 36, "read")]
    [InlineData("n7", "S5GXNF0R100324", 16384, "disk.write-failed", 35, "write")]
    public async Task A_disk_error_is_told_with_its_place_and_leaves_nothing_to_start(string node, string serial, long at, string code, int exitCode, string access)
    {
        await using var rack = await ProvisionedRack.StartAsync("faults");
        await rack.Rack.Control.DoAsync(node, "power-on", Token);

        var watch = Stopwatch.StartNew();
        var run = await rack.ProvisionAsync([node, "--allow-data-loss", serial]);
        string said = run.Result(node)?.Json ?? "";
        TestContext.Current.TestOutputHelper!.WriteLine($"{watch.Elapsed.TotalSeconds:0} s: {said}");

        run.AssertFailed(code, exitCode, node);
        var place = Place().Match(said);
        Assert.True(place.Success && place.Groups[1].Value == access, $"no place in: {said}");
        long from = long.Parse(place.Groups[2].Value, CultureInfo.InvariantCulture), to = long.Parse(place.Groups[3].Value, CultureInfo.InvariantCulture);
        Assert.InRange(at, from, to - 1);
        Assert.InRange(to - from, 1, BlockBytes);
        Assert.Contains("no partition table now", said, StringComparison.Ordinal);

        await rack.Rack.Control.DoAsync(node, "power-cut", Token);
        using var file = File.OpenHandle(SystemDisk.PathOf(rack.Rack, node, "system.raw"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var disk = new DiskContent(file);
        Assert.Empty(StartableTables.Find(disk));
        Assert.Equal(-1, disk.Read(0, 1 << 20).AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public async Task A_disk_with_sectors_of_4096_is_refused_before_anything_is_written()
    {
        await using var rack = await ProvisionedRack.StartAsync("faults");
        var before = await rack.DisksAsync("n8");
        await rack.Rack.Control.DoAsync("n8", "power-on", Token);

        var run = await rack.ProvisionAsync(["n8"]);

        run.AssertFailed("disk.guarded", 32, "n8");
        Assert.Contains(run.Events, e => e.Json.Contains("disk.sector-size", StringComparison.Ordinal));
        Assert.Equal(before, await rack.DisksAsync("n8"));
    }

    [GeneratedRegex(@"Could not (write|read) bytes (\d+) to (\d+) of ")]
    private static partial Regex Place();
}
