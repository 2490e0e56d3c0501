using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>What is known of a machine besides its disks; everything may be missing, as it is when Talos or a saved file tells of the disks.</summary>
public sealed record MachineFacts
{
    public static MachineFacts Unknown { get; } = new();

    /// <summary><c>uefi</c> or <c>bios</c>: how the rescue system was started; null when not known.</summary>
    public string? Firmware { get; init; }

    /// <summary>What UEFI firmware would start; null on BIOS machines and where nobody could look.</summary>
    public EfiBoot? EfiBoot { get; init; }

    public static MachineFacts Of(HostInventory inventory) => new() { Firmware = inventory.Firmware, EfiBoot = inventory.EfiBoot };
}
