using Kronform.Provision.Protocol;

namespace Kronform.Provision.Provisioner.Tests.Disks.RandomMachines;

internal enum Medium
{
    Nvme,
    SataSsd,
    SataHdd,
    SasHdd,
    Usb,
    Virtio,
    Card,
}

/// <summary>A disk as its maker knows it, with the inventory record that the product gets to see.</summary>
internal sealed record TrueDisk
{
    /// <summary>Place in the machine as made; survives shuffling.</summary>
    public required int Slot { get; init; }

    public required Medium Medium { get; init; }

    public required long Size { get; init; }

    /// <summary>As Talos will show it; the inventory has a longer or padded spelling.</summary>
    public required string TalosModel { get; init; }

    /// <summary>As udev puts it into the names of links.</summary>
    public required string LinkModel { get; init; }

    public string? Serial { get; init; }

    /// <summary>As Talos will show it; empty without one.</summary>
    public required string TalosWwid { get; init; }

    public required string BusPath { get; init; }

    /// <summary>Neither the kernel nor the path tells how it is attached.</summary>
    public bool TransportHidden { get; init; }

    public required Content Content { get; init; }

    public bool Mounted { get; init; }

    public bool ReadOnly { get; init; }

    public bool Removable { get; init; }

    public bool Virtual { get; init; }

    public bool BigSectors { get; init; }

    public bool Failing { get; init; }

    public required BlockDevice Device { get; init; }

    public bool Rotational => Medium is Medium.SataHdd or Medium.SasHdd;

    public bool HasIdentity => Serial is not null || TalosWwid.Length > 0;

    public override string ToString() =>
        $"#{Slot} {Device.Name} {Medium} {Size} model {TalosModel} serial {Serial ?? "-"} wwid {(TalosWwid.Length == 0 ? "-" : TalosWwid)} {Content.Name}"
        + string.Concat(new[] { (Mounted, " mounted"), (ReadOnly, " read-only"), (Removable, " removable"), (Virtual, " virtual"), (BigSectors, " 4Kn"), (Failing, " failing"), (TransportHidden, " no transport") }
            .Where(f => f.Item1).Select(f => f.Item2));
}

/// <summary>What is on a disk, and what follows from it by the rules.</summary>
/// <param name="Name">For people.</param>
/// <param name="IsData">Writing there would lose something that somebody may want.</param>
/// <param name="Hijacks">Talos would find a node partition of an older installation.</param>
/// <param name="IsHeld">The kernel runs something on it.</param>
/// <param name="Put">Lays the content on a blank disk.</param>
internal sealed record Content(string Name, bool IsData, bool Hijacks, bool IsHeld, Func<BlockDevice, Random, BlockDevice> Put);
