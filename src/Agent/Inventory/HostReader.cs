using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory;

/// <summary>Looks at the machine once. Changes nothing.</summary>
internal sealed class HostReader(HostRoots roots, IDiskDevices devices, IUdev udev, TimeProvider time)
{
    private static readonly TimeSpan UnsettledWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SettledWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    // What board makers leave in SMBIOS when they mean nothing.
    private static readonly string[] NoSerials =
        ["Not Specified", "Default string", "System Serial Number", "To Be Filled By O.E.M.", "To be filled by O.E.M.", "None", "N/A", "0"];

    public async Task<HostInventory> ReadAsync(EventStream events, CancellationToken cancellation)
    {
        events.Step(AgentSteps.Settle, "Waiting until the disks have told their names");
        await SettleAsync(events, cancellation);

        events.Step(AgentSteps.Inspect, "Looking at the disks");
        var reader = new DiskReader(roots, devices, events.Warn);
        var mounts = MountTable.Read(roots);
        var disks = new List<BlockDevice>();
        foreach (var folder in DiskFolder.Find(roots))
        {
            cancellation.ThrowIfCancellationRequested();
            // Reads of a dying disk can take minutes each; they must not keep a cancellation waiting.
            var disk = await Task.Run(() => reader.Read(folder, mounts), cancellation).WaitAsync(cancellation);
            disks.Add(disk);
            if (disk.Signatures.Concat(disk.Partitions.SelectMany(p => p.Signatures)).Any(s => s.Kind == Signatures.SignatureProbe.Unreadable))
                events.Warn($"{disk.Name} ({disk.Identity}) could not be read everywhere; what lies there is not known");
        }

        return new HostInventory
        {
            Rescue = new RescueEvidence
            {
                Hostname = ValueFile.Read(roots.Proc, "sys/kernel/hostname") ?? "",
                RootFileSystem = mounts.RootFileSystem,
                HetznerBuildFile = File.Exists(Path.Combine(roots.Etc, "hetzner-build")),
            },
            BootId = ValueFile.Read(roots.Proc, "sys/kernel/random/boot_id") ?? "",
            Firmware = Directory.Exists(Path.Combine(roots.Sys, "firmware/efi")) ? "uefi" : "bios",
            MacAddresses = [.. ValueFile.Entries(roots.Sys, "class/net").Select(MacOf).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
            SystemUuid = ValueFile.Read(roots.Sys, "class/dmi/id/product_uuid"),
            SystemSerial = ValueFile.Read(roots.Sys, "class/dmi/id/product_serial") is { } serial && !NoSerials.Contains(serial) ? serial : null,
            Disks = disks,
        };
    }

    /// <summary>
    /// Right after boot serial and WWN of a disk may still be empty, for up to some ten seconds. A virtio disk may never have
    /// any: once udev says it is done, a short second look is enough.
    /// </summary>
    private async Task SettleAsync(EventStream events, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var settled = await udev.SettleAsync(UnsettledWait, cancellation);
        var limit = settled ? SettledWait + time.GetElapsedTime(started) : UnsettledWait;
        while (true)
        {
            var nameless = DiskFolder.Find(roots).Where(disk => DiskDescription.Of(roots, disk) is { Serial: null, Wwn: null }).ToArray();
            if (nameless.Length == 0) return;
            if (time.GetElapsedTime(started) >= limit)
            {
                events.Warn($"Still neither serial nor WWN after {time.GetElapsedTime(started).TotalSeconds:F0} s: {string.Join(", ", nameless.Select(disk => disk.Name))}");
                return;
            }
            await Task.Delay(BetweenLooks, time, cancellation);
        }
    }

    /// <summary>Of interfaces with hardware behind them; bridges, bonds and tunnels have no device.</summary>
    private string? MacOf(string name)
    {
        var folder = Path.Combine(roots.Sys, "class/net", name);
        var address = ValueFile.Read(folder, "address")?.ToLowerInvariant();
        return Directory.Exists(Path.Combine(folder, "device")) && address is { Length: 17 } && address != "00:00:00:00:00:00" ? address : null;
    }
}
