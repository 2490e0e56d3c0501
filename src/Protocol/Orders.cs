namespace Kronform.Provision.Protocol;

/// <summary>
/// Names one disk, what must still be true of it, and what to put there. First line of the agent's standard input, as JSON on
/// one line; where <see cref="ImageSource.Kind"/> is <c>stdin</c>, the image's bytes follow.
/// </summary>
public sealed record WriteOrder
{
    public required DiskIdentity Disk { get; init; }

    /// <summary><see cref="DiskState.Hash"/> of the disk as it was chosen.</summary>
    public required string DiskStateHash { get; init; }

    public required ImageSource Image { get; init; }

    /// <summary>Written to the image's META partition under <see cref="BootNonceKey.Tag"/>; proves later that this disk booted.</summary>
    public required string BootNonce { get; init; }
}

/// <summary>Where the image comes from and what it must be.</summary>
public sealed record ImageSource
{
    /// <summary><c>stdin</c> or <c>http</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>For <c>http</c>.</summary>
    public string? Url { get; init; }

    /// <summary>SHA-256 of the file as it is transferred (compressed), lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Bytes as transferred. Required for <c>stdin</c>, where a cut stream looks like its end.</summary>
    public long? LengthBytes { get; init; }

    /// <summary>Bytes once expanded, when known beforehand.</summary>
    public long? ExpandedBytes { get; init; }
}

/// <summary>Asks the agent to read a disk back and compare it with what an earlier <see cref="ImageWritten"/> reported.</summary>
public sealed record VerifyOrder
{
    public required DiskIdentity Disk { get; init; }

    public required long WrittenBytes { get; init; }

    /// <summary>SHA-256 of the first <see cref="WrittenBytes"/> of the disk.</summary>
    public required string WrittenSha256 { get; init; }

    public required string BootNonce { get; init; }
}

/// <summary>The META key that carries the boot nonce.</summary>
public static class BootNonceKey
{
    /// <summary>Talos leaves META keys 0x0c to 0x0e to users (facts: Talos source, pkg/machinery/meta).</summary>
    public const int Tag = 0x0c;

    /// <summary>The id under which Talos serves the key as a <c>MetaKeys.runtime.talos.dev</c> resource.</summary>
    public const string ResourceId = "0x0c";
}
