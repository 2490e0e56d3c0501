namespace Kronform.Provision.VirtualRack.Tests.Runs;

/// <summary>kill -9 of provision, then the same command again: whatever was going on, it ends healthy and bootstraps once.</summary>
public sealed class KilledRunTests
{
    [Fact]
    public async Task A_run_that_is_killed_once_in_every_phase_still_ends_healthy()
    {
        await using var rack = await ProvisionedRack.StartAsync("one-sata");
        var before = await rack.DisksAsync();
        foreach (string phase in new[] { "preflight", "rescue", "inspect", "select", "write", "boot", "maintenance", "configure", "join", "healthy" })
        {
            var killed = await rack.ProvisionAsync(["n4"], e => e.Kind == "phase" && e.Phase == phase);
            // A phase that an earlier attempt got through is not entered again; then this attempt ran to its end.
            if (!killed.Killed) killed.AssertHealthy(killed.Outcome()!);
        }

        await AssertHealthyAsync(rack, before);
    }

    [Theory]
    [InlineData("rescue", null)]
    [InlineData("write", "writing")]
    [InlineData("write", "reading back")]
    [InlineData("boot", "waiting for Talos to come up")]
    [InlineData("configure", null)]
    [InlineData("join", null)]
    public async Task A_run_that_is_killed_goes_on_when_it_is_run_again(string phase, string? status)
    {
        await using var rack = await ProvisionedRack.StartAsync("one-sata");
        var before = await rack.DisksAsync();
        string? current = null;
        var killed = await rack.ProvisionAsync(["n4"], e =>
        {
            current = e.Phase ?? current;
            return current == phase && (status is null ? e.Kind == "phase" : e.Kind == "status" && e.Text == status);
        });
        Assert.True(killed.Killed, $"the run never came to {phase}, {status}:\n{ProvisionedRack.Tail(killed.Events)}");
        await AssertHealthyAsync(rack, before);
    }

    private static async Task AssertHealthyAsync(ProvisionedRack rack, IReadOnlyDictionary<string, string> before)
    {
        var last = await rack.ProvisionAsync(["n4"]);
        last.AssertHealthy(last.Outcome() ?? "");
        Assert.Equal(1, await rack.BootstrapsAsync("n4"));
        var after = await rack.DisksAsync();
        Assert.Equal(before["ceph"], after["ceph"]);
        Assert.Equal(before["ext4"], after["ext4"]);
    }
}
