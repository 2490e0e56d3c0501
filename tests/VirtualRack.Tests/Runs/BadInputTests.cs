using Kronform.Provision.VirtualRack.Control;

namespace Kronform.Provision.VirtualRack.Tests.Runs;

/// <summary>What is wrong is said with its own exit code, and every disk is what it was.</summary>
public sealed class BadInputTests
{
    [Fact]
    public async Task Wrong_files_names_and_credentials_are_told_before_the_server_is_touched()
    {
        await using var rack = await ProvisionedRack.StartAsync("one-bios");
        var before = await rack.DisksAsync();
        string good = await File.ReadAllTextAsync(Path.Combine(rack.ClusterFolder, "provision.yaml"), TestContext.Current.CancellationToken);

        (await rack.ProvisionAsync(["n9"])).AssertFailed("config.unknown-node", 11, "n9");
        await FailsAsync(rack, "cluster: [", "config.invalid", 10);
        await FailsAsync(rack, good.Replace("role: controlplane", "role: worker", StringComparison.Ordinal), "config.bootstrap-role", 14);
        await FailsAsync(rack, good.Replace("machineconfigs/n4.yaml", "machineconfigs/none.yaml", StringComparison.Ordinal), "config.machine-config-missing", 12);
        await FailsAsync(rack, good.Replace("file: robot-password", "file: none", StringComparison.Ordinal), "config.credentials-missing", 15);
        await FailsAsync(rack, good.Replace("server: 321", "server: 999", StringComparison.Ordinal), "robot.server-not-found", 21);
        await FailsAsync(rack, good.Replace("address: 10.77.0.14", "address: 10.77.0.99", StringComparison.Ordinal), "robot.server-unusable", 25);
        int digest = good.IndexOf("sha256: ", StringComparison.Ordinal) + 8;
        await FailsAsync(rack, good[..digest] + new string('0', 64) + good[(digest + 64)..], "image.digest-mismatch", 41);
        await FailsAsync(rack, good.Replace("file: robot-password", "file: robot-user", StringComparison.Ordinal), "robot.unauthorized", 20);

        var status = await rack.Rack.NodeAsync("n4", TestContext.Current.CancellationToken);
        Assert.Equal(0, status.Resets);
        Assert.Equal(before, await rack.DisksAsync());
    }

    [Fact]
    public async Task A_selector_that_names_no_disk_or_several_is_refused_with_every_disk_untouched()
    {
        await using var rack = await ProvisionedRack.StartAsync("one-bios");
        var before = await rack.DisksAsync();
        string config = Path.Combine(rack.ClusterFolder, "machineconfigs", "n4.yaml");
        string good = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);

        await File.WriteAllTextAsync(config, good.Replace("serial: S5GXNF0R100321", "serial: NOBODYS", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (await rack.ProvisionAsync(["n4"])).AssertFailed("disk.none", 30);
        await File.WriteAllTextAsync(config, good.Replace("serial: S5GXNF0R100321", "type: nvme", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (await rack.ProvisionAsync(["n4"])).AssertFailed("disk.ambiguous", 31);
        await File.WriteAllTextAsync(config, good.Replace("serial: S5GXNF0R100321", "serial: ZC1S0321", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (await rack.ProvisionAsync(["n4"])).AssertFailed("disk.guarded", 32);

        await File.WriteAllTextAsync(config, good, TestContext.Current.CancellationToken);
        var dry = await rack.ProvisionAsync(["n4", "--dry-run"]);
        dry.AssertHealthy("unchanged");
        Assert.Equal(before, await rack.DisksAsync());
        Assert.Equal(1, (await rack.Rack.NodeAsync("n4", TestContext.Current.CancellationToken)).Resets);
    }

    [Fact]
    public async Task A_rescue_system_with_other_host_keys_than_Robot_reports_gets_nothing()
    {
        await using var rack = await ProvisionedRack.StartAsync("one-bios");
        var before = await rack.DisksAsync();
        await rack.Rack.Control.QuirkAsync("n4", new QuirkRequest(ReportOtherHostKeys: true), TestContext.Current.CancellationToken);
        (await rack.ProvisionAsync(["n4"])).AssertFailed("rescue.host-key", 51);
        Assert.Equal(before, await rack.DisksAsync());
    }

    [Fact]
    public async Task A_rescue_system_that_never_comes_is_given_up_within_the_deadline()
    {
        await using var rack = await ProvisionedRack.StartAsync("one-bios");
        var before = await rack.DisksAsync();
        await rack.Rack.Control.QuirkAsync("n4", new QuirkRequest(NeverBootRescue: true), TestContext.Current.CancellationToken);
        (await rack.ProvisionAsync(["n4", "--rescue-deadline", "20s", "--max-resets", "1"])).AssertFailed("rescue.deadline", 50);
        Assert.Equal(before, await rack.DisksAsync());
        Assert.Equal(1, (await rack.Rack.NodeAsync("n4", TestContext.Current.CancellationToken)).Resets);
    }

    private static async Task FailsAsync(ProvisionedRack rack, string provisionYaml, string code, int exitCode)
    {
        string file = Path.Combine(rack.ClusterFolder, "bad.yaml");
        await File.WriteAllTextAsync(file, provisionYaml, TestContext.Current.CancellationToken);
        (await rack.ProvisionAsync(["n4"], file: file)).AssertFailed(code, exitCode);
    }
}
