using System.Text;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Machines;
using YamlDotNet.RepresentationModel;

namespace Kronform.Provision.VirtualRack.Tests.Runs;

/// <summary>From a blank server to a healthy node, on real firmware, kernels, sshd and disks.</summary>
public sealed class MainJobTests
{
    [Fact]
    public async Task A_fresh_UEFI_server_becomes_healthy_and_a_second_run_and_a_dry_run_change_nothing()
    {
        await using var rack = await ProvisionedRack.StartAsync("one-uefi");
        var before = await rack.DisksAsync();

        (await rack.ProvisionAsync(["n4"])).AssertHealthy("changed");
        var after = await rack.DisksAsync();
        Assert.NotEqual(before["system"], after["system"]);
        Assert.Equal(before["ceph"], after["ceph"]);
        Assert.Equal(before["ext4"], after["ext4"]);
        await AssertBootedOnceAsync(rack);

        (await rack.ProvisionAsync(["n4"])).AssertHealthy("unchanged");
        await rack.ProvisionAsync(["n4", "--dry-run"]);
        await AssertBootedOnceAsync(rack);
        AssertNoSecretIn(rack, rack.StateFolder);
        AssertNoSecretIn(rack, Path.GetDirectoryName(rack.Rack.Node("n4").SerialLog)!, "*.log");
    }

    [Fact]
    public async Task Letters_that_change_between_rescue_and_boot_mislead_nobody()
    {
        await using var rack = await ProvisionedRack.StartAsync("shuffled");
        var before = await rack.DisksAsync();
        (await rack.ProvisionAsync(["n4"])).AssertHealthy("changed");
        Assert.Equal(before["ceph"], (await rack.DisksAsync())["ceph"]);
        Assert.Equal(1, await rack.BootstrapsAsync("n4"));

        // The letters did change: the written disk had one name in the rescue system and has another in Talos.
        var events = await rack.Rack.EventsAsync("n4", TestContext.Current.CancellationToken);
        string installed = events.Last(e => e.Line.StartsWith("RACK-OSDISK ", StringComparison.Ordinal)).Line.Split(' ')[1];
        Assert.Equal("sda", installed);
    }

    [Fact]
    public async Task Two_servers_at_once_become_one_cluster()
    {
        await using var rack = await ProvisionedRack.StartAsync("pair");
        var (before4, before5) = (await rack.DisksAsync("n4"), await rack.DisksAsync("n5"));
        var run = await rack.ProvisionAsync(["n4", "n5"]);
        run.AssertHealthy("changed", "n4");
        run.AssertHealthy("changed", "n5");
        Assert.Contains("member of 2", run.Result("n5")!.Json, StringComparison.Ordinal);
        Assert.Equal(1, await rack.BootstrapsAsync("n4"));
        Assert.Equal(0, await rack.BootstrapsAsync("n5"));
        Assert.Equal(before4["ceph"], (await rack.DisksAsync("n4"))["ceph"]);
        Assert.Equal(before5["ceph"], (await rack.DisksAsync("n5"))["ceph"]);
    }

    private static async Task AssertBootedOnceAsync(ProvisionedRack rack)
    {
        var status = await rack.Rack.NodeAsync("n4", TestContext.Current.CancellationToken);
        Assert.Equal(1, status.Resets);
        Assert.Equal(BootKind.Disk, status.Boots[^1].Kind);
        Assert.Equal(1, status.Boots.Count(b => b.Kind == BootKind.Rescue));
        Assert.Equal(1, await rack.BootstrapsAsync("n4"));
    }

    /// <summary>Looks for the machine config's secrets and the Robot password in everything that was written down.</summary>
    private static void AssertNoSecretIn(ProvisionedRack rack, string folder, string pattern = "*")
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(rack.ClusterFolder, "machineconfigs", "n4.yaml"))));
        var root = yaml.Documents[0].RootNode;
        string key = ((YamlScalarNode)root["machine"]["ca"]["key"]).Value!;
        string pem = Encoding.UTF8.GetString(Convert.FromBase64String(key));
        string[] secrets =
        [
            key, pem.Split('\n')[1], ((YamlScalarNode)root["machine"]["token"]).Value!, ((YamlScalarNode)root["cluster"]["secret"]).Value!,
            File.ReadAllText(Path.Combine(rack.ClusterFolder, "robot-password")),
        ];
        foreach (string file in Directory.GetFiles(folder, pattern, SearchOption.AllDirectories))
        {
            string text = File.ReadAllText(file);
            Assert.All(secrets, secret => Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{file} holds a secret"));
        }
    }
}
