using Kronform.Provision.Contract.Tests.Talos;
using Kronform.Provision.Protocol;
using Kronform.Provision.TalosEmulator;

namespace Kronform.Provision.Bench.Fleet.World;

/// <summary>Talos on one server: the emulator of the contract tests with a TLS listener and certificates of its own.</summary>
/// <param name="kubeletUp">From apid to a kubelet that runs: on metal the time in which images are pulled.</param>
internal sealed class FleetTalos(FleetMachine machine, bool controlPlane, TimeSpan kubeletUp, string folder, Reactions reactions, TimeProvider time)
{
    private TalosEmulatorHost? _host;
    private int _callsBefore;

    public int Calls => _callsBefore + (_host?.Counters.AllCalls ?? 0);

    public int Bootstraps => _host?.Counters.BootstrapsAccepted ?? 0;

    public async Task StartAsync(string nonce, string bootId, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        string meta = Path.Combine(folder, "meta"), disks = Path.Combine(folder, "disks.json");
        await File.WriteAllBytesAsync(meta, MetaImage.With(nonce, BootNonceKey.Tag), cancellation);
        await File.WriteAllBytesAsync(disks, machine.ForTalos(), cancellation);
        _host = await TalosEmulatorHost.StartAsync(new EmulatorOptions
        {
            StateFolder = Path.Combine(folder, "state"), Address = machine.Address, MetaPath = meta, DisksFile = disks, SystemDisk = "/dev/nvme0n1", BootId = bootId,
            Timings = new EmulatorTimings { KubeletUp = kubeletUp }, Print = Listen,
        }, time, cancellation);
        File.Delete(meta);
    }

    public async Task StopAsync()
    {
        if (_host is not { } host) return;
        _callsBefore += host.Counters.AllCalls;
        _host = null;
        await host.DisposeAsync();
    }

    private void Listen(string line)
    {
        if (line.Contains("\"event\":\"maintenance\"", StringComparison.Ordinal)) reactions.Begin(machine.Name, Change.MaintenanceUp);
        else if (line.Contains("\"event\":\"config-applied\"", StringComparison.Ordinal)) reactions.End(machine.Name, Change.MaintenanceUp);
        // A control plane is well only when etcd votes, which no event tells; the few of them are left out of this one measure.
        else if (!controlPlane && line.Contains("\"stage\":\"running\"", StringComparison.Ordinal)) reactions.Begin(machine.Name, Change.NodeHealthy);
    }
}
