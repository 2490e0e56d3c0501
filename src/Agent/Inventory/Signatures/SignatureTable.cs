namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>Marks that a block with fixed magic bytes gives away.</summary>
internal static class SignatureTable
{
    public const long KiB = 1 << 10;
    public const long MiB = 1 << 20;
    public const long GiB = 1 << 30;

    public static IReadOnlyList<SignatureRule> Rules { get; } = [.. RaidRules.All, .. VolumeRules.All, .. FileSystemRules.All];
}
