using System.Text.Json;

namespace Kronform.Provision.VirtualRack.Tests.Runs;

/// <summary>A dry run says what would happen and changes no byte of any disk, whatever state the server is in.</summary>
public sealed class DryRunTests
{
    private const string SystemSerial = "S5GXNF0R100321";

    [Fact]
    public async Task A_dry_run_leaves_every_disk_as_it_was_in_rescue_maintenance_and_configured_states()
    {
        await using var rack = await ProvisionedRack.StartAsync("one-bios");
        await KillAtAsync(rack, "select");
        var rescue = await DryRunAsync(rack, "rescue system");
        rescue.AssertHealthy("unchanged");
        TestContext.Current.TestOutputHelper!.WriteLine($"dry run in rescue: {rescue.Result()!.Json}");

        await KillAtAsync(rack, "configure");
        await DryRunAsync(rack, "Talos in maintenance mode");

        (await rack.ProvisionAsync(["n4"])).AssertHealthy("changed");
        await DryRunAsync(rack, "configured Talos", ownWrites: true);
        Assert.Equal(1, await rack.BootstrapsAsync("n4"));
    }

    private static async Task KillAtAsync(ProvisionedRack rack, string phase)
    {
        var killed = await rack.ProvisionAsync(["n4"], e => e.Kind == "phase" && e.Phase == phase);
        Assert.True(killed.Killed, $"the run never came to {phase}:\n{ProvisionedRack.Tail(killed.Events)}");
    }

    /// <summary>
    /// The machine runs between the two looks at its disks, so that whatever the dry run makes it write is seen. A configured Talos
    /// writes to file systems of its own at any time; of its disk, only what is outside of them is compared.
    /// </summary>
    private static async Task<ProvisionRun> DryRunAsync(ProvisionedRack rack, string state, bool ownWrites = false)
    {
        async Task<IReadOnlyDictionary<string, string>> LookAsync()
        {
            if (!ownWrites) return await rack.DisksAsync();
            var disks = (await rack.DisksAsync()).ToDictionary();
            disks["system"] = SystemDisk.StaticDigest(rack.Rack, "n4");
            return disks;
        }

        if (!ownWrites) await rack.QuietDisksAsync();
        var before = await LookAsync();
        var status = await rack.Rack.NodeAsync("n4", TestContext.Current.CancellationToken);

        var run = await rack.ProvisionAsync(["n4", "--dry-run"]);

        Assert.Equal(before, await LookAsync());
        var after = await rack.Rack.NodeAsync("n4", TestContext.Current.CancellationToken);
        Assert.Equal((status.Resets, status.Boots.Count), (after.Resets, after.Boots.Count));
        Assert.Contains(run.Events, e => e.Kind == "note" && e.Text!.Contains(state, StringComparison.Ordinal));
        AssertSystemDiskIsReported(run);
        return run;
    }

    private static void AssertSystemDiskIsReported(ProvisionRun run)
    {
        var reported = run.Events.LastOrDefault(e => e.Kind == "disks");
        Assert.True(reported is not null, $"no disks were reported:\n{ProvisionedRack.Tail(run.Events)}\n{run.Errors}");
        using var json = JsonDocument.Parse(reported.Json);
        var disks = json.RootElement.GetProperty("report").GetProperty("disks").EnumerateArray().ToList();
        Assert.Equal(3, disks.Count);
        Assert.Contains(disks, disk => disk.GetProperty("serial").GetString() == SystemSerial);
    }
}
