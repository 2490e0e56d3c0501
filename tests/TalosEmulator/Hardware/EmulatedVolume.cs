namespace Kronform.Provision.TalosEmulator.Hardware;

/// <summary>A partition as Talos would report it among its discovered volumes.</summary>
/// <remarks>Setters, not init, as in <see cref="EmulatedDisk"/>.</remarks>
public sealed record EmulatedVolume
{
    public required string Name { get; init; }

    /// <summary>From 1.</summary>
    public required int Index { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Bytes from the start of the disk.</summary>
    public long Offset { get; set; }

    /// <summary>The GPT's name of the partition.</summary>
    public string Label { get; set; } = "";

    public string PartUuid { get; set; } = "";

    /// <summary>What probing finds, in Talos's words; empty for nothing.</summary>
    public string Content { get; set; } = "";
}
