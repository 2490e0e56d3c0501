using Kronform.Provision.Faults.Scenarios;
using Kronform.Provision.Protocol;
using Kronform.Provision.TalosEmulator.Hardware;
using Kronform.Provision.VirtualRack.Cluster;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.Faults.World;

/// <summary>What runs on a server at first, and what its boots come to.</summary>
internal sealed class Boots(Scenario scenario, EmulatedWorld world)
{
    public async Task BeginAsync(WorldNode node, CancellationToken cancellation)
    {
        RunningSystem? running = scenario.Server.Begins switch
        {
            "silent" or "off" => null,
            "foreign" => new SshSystem("foreign", node.Server.Address),
            "old-rescue" => await OldRescueAsync(node, cancellation),
            "maintenance" => await TalosAsync(node, "old-talos", ours: false, cancellation),
            "other-cluster" => await OtherClusterAsync(node, cancellation),
            var other => throw new InvalidOperationException($"nothing begins as {other}"),
        };
        node.Server.Begin(running, on: scenario.Server.Begins != "off");
    }

    /// <summary>Armed by somebody with a password, booted and reported.</summary>
    private async Task<RunningSystem?> OldRescueAsync(WorldNode node, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("#ws+emulated:emulated-password"u8));
        using var form = new FormUrlEncodedContent([new("os", "linux")]);
        using var armed = await http.PostAsync(new Uri(world.Robot.BaseUrl, $"/boot/{node.Number}/rescue"), form, cancellation);
        armed.EnsureSuccessStatusCode();
        return await RescueAsync(node, node.Server.BootDecision()!, "normal", cancellation);
    }

    /// <summary>What comes up when the firmware is done.</summary>
    public async Task<RunningSystem?> BootAsync(WorldNode node, string how, CancellationToken cancellation)
    {
        var parts = how.Split(' ');
        if (parts is ["late", var time])
        {
            await world.Clock.PassAsync(Durations.Parse(time), cancellation);
            how = "normal";
        }

        if (how == "old-os") return new SshSystem("foreign", node.Server.Address);
        if (how == "off")
        {
            node.Server.Begin(null, on: false);
            return null;
        }

        var rescue = node.Server.BootDecision();
        if (how == "never") return null;
        if (rescue is not null) return await RescueAsync(node, rescue, how, cancellation);
        return how switch
        {
            "other-disk" => await TalosAsync(node, "other-disk", ours: false, cancellation),
            "other-nonce" => await TalosAsync(node, "other-nonce", ours: true, cancellation, WorldImage.Expected(new string('f', 64)).AsSpan((int)WorldImage.MetaOffset, WorldImage.MetaBytes).ToArray()),
            "rescue-again" => await RescueAsync(node, node.LastRescue!, "normal", cancellation),
            "other-cluster" => await OtherClusterAsync(node, cancellation),
            "gone-disk" => await WithoutChosenAsync(node, cancellation),
            _ => HasTable(node) ? await TalosAsync(node, "disk-" + Nonce(node), ours: true, cancellation) : null,
        };
    }

    private async Task<RunningSystem?> RescueAsync(WorldNode node, RescueBoot boot, string how, CancellationToken cancellation)
    {
        if (how == "gone-disk") node.Disks.TakeOut(scenario.Chosen);
        node.Disks.Arrange(shuffled: how == "shuffled", wwns: how != "no-wwns", models: how == "vkvm" ? "QEMU HARDDISK" : null);
        node.Disks.SetBoot(Guid.NewGuid().ToString(), how == "not-rescue" ? "debian" : "rescue");
        string reported = SshSystem.NewFingerprint(), own = how == "other-host-key" ? SshSystem.NewFingerprint() : reported;
        node.LastRescue = boot;
        if (how == "refuses-key") boot = boot with { AuthorizedKeys = [] };
        var system = await RescueSystem.StartAsync(node.Server.Address, node.Disks.Folder, boot, own, () => _ = node.Server.RebootAsync(), cancellation);
        if (how != "no-report") node.Server.Report(new RescueReport([new("ED25519", 256, reported)], world.Clock.GetUtcNow()));
        return system;
    }

    private Task<TalosSystem> TalosAsync(WorldNode node, string state, bool ours, CancellationToken cancellation, byte[]? otherMeta = null)
    {
        string? meta = null;
        if (ours)
        {
            meta = Path.Combine(node.Folder, "meta");
            File.WriteAllBytes(meta, otherMeta ?? node.Disks.Read(scenario.Chosen, WorldImage.MetaOffset, WorldImage.MetaBytes));
        }

        string disks = Path.Combine(node.Folder, "disks.json");
        File.WriteAllBytes(disks, node.Disks.ForTalos());
        return TalosSystem.StartAsync(node.Server.Address, Path.Combine(node.Folder, state), meta, disks, node.Talos, world.Clock, world.Hear, cancellation);
    }

    private async Task<RunningSystem?> WithoutChosenAsync(WorldNode node, CancellationToken cancellation)
    {
        node.Disks.TakeOut(scenario.Chosen);
        return await TalosAsync(node, "disk-" + Nonce(node), ours: true, cancellation);
    }

    /// <summary>An installation of another cluster, configured.</summary>
    private async Task<RunningSystem?> OtherClusterAsync(WorldNode node, CancellationToken cancellation)
    {
        string state = Path.Combine(node.Folder, "other-cluster"), folder = Path.Combine(world.Folder, "other-" + node.Name);
        await ClusterFolder.WriteAsync(new ClusterFolderOptions
        {
            Path = folder, ClusterName = "other", Endpoint = $"https://{node.Server.Address}:6443", TalosVersion = "v1.13.9", RobotUrl = "http://127.0.0.1:1", RobotUser = "u",
            RobotPassword = "p", ImageFile = "none", ImageSha256 = new string('a', 64), Nodes = [new ClusterNode(node.Name, 1, node.Server.Address.ToString(), "controlplane", true, "disk: /dev/sda")],
        }, TimeProvider.System, cancellation);
        Directory.CreateDirectory(state);
        File.Copy(Path.Combine(folder, "machineconfigs", node.Name + ".yaml"), Path.Combine(state, "config.yaml"), overwrite: true);
        return await TalosAsync(node, "other-cluster", ours: false, cancellation);
    }

    private bool HasTable(WorldNode node) => node.Disks.Read(scenario.Chosen, 512, 8).AsSpan().SequenceEqual("EFI PART"u8);

    private string Nonce(WorldNode node) => MetaPartition.Parse(node.Disks.Read(scenario.Chosen, WorldImage.MetaOffset, WorldImage.MetaBytes)) is { } keys && keys.TryGetValue(BootNonceKey.Tag, out var nonce) ? nonce : "none";
}
