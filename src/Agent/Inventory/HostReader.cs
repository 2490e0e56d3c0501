using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Inventory.Firmware;
using Kronform.Provision.Agent.Inventory.Health;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory;

/// <summary>Looks at the machine once. Changes nothing.</summary>
internal sealed class HostReader(AgentWorld world)
{
    private readonly HostRoots _roots = world.Roots;

    // What board makers leave in SMBIOS when they mean nothing.
    private static readonly string[] NoSerials =
        ["Not Specified", "Default string", "System Serial Number", "To Be Filled By O.E.M.", "To be filled by O.E.M.", "None", "N/A", "0"];

    public async Task<HostInventory> ReadAsync(EventStream events, CancellationToken cancellation)
    {
        events.Step(AgentSteps.Settle, "Waiting until the disks have told their names");
        await new DiskSettling(_roots, world.Udev, world.Time, events.Warn).WaitAsync(cancellation);

        events.Step(AgentSteps.Inspect, "Looking at the disks");
        var reader = new DiskReader(_roots, world.Devices, new DiskHealth(world.Smartctl, world.Time, events.Warn), events.Warn);
        var mounts = MountTable.Read(_roots);
        // All at once: each is waited for by itself, and a spinning disk takes its time for every place.
        var disks = await Task.WhenAll(DiskFolder.Find(_roots).Select(folder => reader.ReadAsync(folder, mounts, cancellation)));
        foreach (var disk in disks)
            if (disk.Signatures.Concat(disk.Partitions.SelectMany(partition => partition.Signatures)).Any(mark => mark.Kind == Signatures.SignatureProbe.Unreadable))
                events.Warn($"{disk.Name} ({disk.Identity}) could not be read everywhere; what lies there is not known");

        return new HostInventory
        {
            Rescue = new RescueEvidence
            {
                Hostname = ValueFile.Read(_roots.Proc, "sys/kernel/hostname") ?? "",
                RootFileSystem = mounts.RootFileSystem,
                HetznerBuildFile = File.Exists(Path.Combine(_roots.Etc, "hetzner-build")),
            },
            BootId = ValueFile.Read(_roots.Proc, "sys/kernel/random/boot_id") ?? "",
            Firmware = Directory.Exists(Path.Combine(_roots.Sys, "firmware/efi")) ? "uefi" : "bios",
            MacAddresses = [.. ValueFile.Entries(_roots.Sys, "class/net").Select(MacOf).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
            SystemUuid = ValueFile.Read(_roots.Sys, "class/dmi/id/product_uuid"),
            SystemSerial = ValueFile.Read(_roots.Sys, "class/dmi/id/product_serial") is { } serial && !NoSerials.Contains(serial) ? serial : null,
            EfiBoot = EfiBootReader.Read(_roots),
            Disks = disks,
        };
    }

    /// <summary>Of interfaces with hardware behind them; bridges, bonds and tunnels have no device.</summary>
    private string? MacOf(string name)
    {
        var folder = Path.Combine(_roots.Sys, "class/net", name);
        var address = ValueFile.Read(folder, "address")?.ToLowerInvariant();
        return Directory.Exists(Path.Combine(folder, "device")) && address is { Length: 17 } && address != "00:00:00:00:00:00" ? address : null;
    }
}
