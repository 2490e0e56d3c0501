using Kronform.Provision.VirtualRack.Signatures;

namespace Kronform.Provision.VirtualRack.Tests.Runs;

/// <summary>The rescue system starts arrays and volume groups by itself; a disk that is part of one is never written.</summary>
public sealed class HeldDiskTests
{
    private static readonly TimeSpan BootPatience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_selector_that_names_a_disk_of_a_running_array_is_refused_with_array_and_holder_named()
    {
        await using var rack = await ProvisionedRack.StartAsync("arrays");
        await MakeArrayAsync(rack);
        string config = Path.Combine(rack.ClusterFolder, "machineconfigs", "n4.yaml");
        string good = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(config, good.Replace("serial: S5GXNF0R100321", "serial: ZC1S0321", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        // Resets the server, whose own system answers, into the provisioner's rescue; that starts array and volume group at its boot.
        AssertRefused(await rack.ProvisionAsync(["n4", "--allow-reset"]));

        // From here on nobody but the provisioner is there to write anything.
        var before = await rack.QuietDisksAsync();
        AssertRefused(await rack.ProvisionAsync(["n4"]));
        AssertRefused(await rack.ProvisionAsync(["n4", "--dry-run"]));
        Assert.Equal(before, await rack.DisksAsync());
    }

    private static void AssertRefused(ProvisionRun run)
    {
        run.AssertFailed("disk.guarded", 32);
        string disks = run.Events.Last(e => e.Kind == "disks").Json;
        Assert.Matches(@"held by .*\bmd127\b", disks);
        Assert.Matches(@"held by .*\bdm-0\b", disks);
        Assert.Contains("fileserver:bulk", disks, StringComparison.Ordinal);
    }

    /// <summary>A mirror of both disks made by another host, a volume group on it, as found on a server that was somebody's.</summary>
    private static async Task MakeArrayAsync(ProvisionedRack rack)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await rack.Rack.Control.DoAsync("n4", "power-cut", cancellation);
        string folder = Directory.CreateTempSubdirectory("array-").FullName;
        try
        {
            var shell = await RescueShell.BootAsync(rack.Rack, "n4", folder, BootPatience, cancellation);
            await shell.RunAsync("""
                set -euo pipefail
                left=$(readlink -f /dev/disk/by-id/wwn-0x5000c500a1b20321) right=$(readlink -f /dev/disk/by-id/wwn-0x5000c500a1b20322)
                mdadm --create /dev/md0 --run --metadata=1.2 --homehost=fileserver --name=bulk --level=1 --raid-devices=2 --assume-clean "$left" "$right"
                pvcreate -qq /dev/md0
                vgcreate -qq vg-bulk /dev/md0
                lvcreate -qq -y -n photos -L 1G vg-bulk
                vgchange -qq -an vg-bulk
                mdadm --stop /dev/md0
                sync
                """, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
