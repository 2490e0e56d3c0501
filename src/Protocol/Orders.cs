namespace Kronform.Provision.Protocol;

/// <summary>
/// Names one disk, what must still be true of it, and what to put there. First line of the agent's standard input, as JSON on
/// one line; where <see cref="ImageSource.Kind"/> is <c>stdin</c>, the image's bytes follow.
/// </summary>
public sealed record WriteOrder
{
    /// <summary>The line that tells the agent that everything it is about to wipe is kept. With an image on standard input it stands before it.</summary>
    public const string SavedAnswer = "saved";

    public required DiskIdentity Disk { get; init; }

    /// <summary><see cref="DiskState.Hash"/> of the disk as it was chosen.</summary>
    public required string DiskStateHash { get; init; }

    /// <summary>The node's name, which the plan hash covers.</summary>
    public required string Node { get; init; }

    /// <summary><see cref="Protocol.PlanHash.Compute"/> of the decision: any disk of the machine that changed since makes it another.</summary>
    public required string PlanHash { get; init; }

    public required ImageSource Image { get; init; }

    /// <summary>Send what will be wiped as <see cref="BytesSaved"/> and wait for <see cref="SavedAnswer"/>.</summary>
    public bool SaveFirst { get; init; }

    /// <summary>The disk may hold a part of this image already: what is equal is not written again.</summary>
    public bool Reuse { get; init; }

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

    /// <summary>
    /// For <c>http</c>: other places of the same file, tried in order after <see cref="Url"/>. The next one continues at the
    /// byte where the one before broke off; <see cref="Sha256"/> is over all of it, so parts of different files never pass.
    /// </summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

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

    /// <summary><see cref="ImageWritten.ContentDigest"/>.</summary>
    public required string ContentDigest { get; init; }

    /// <summary><see cref="ImageWritten.ChunkMarks"/>; without them a difference cannot be located.</summary>
    public string? ChunkMarks { get; init; }

    public required string BootNonce { get; init; }
}

/// <summary>
/// Takes from a disk that is not written to what would let it take over the node: Talos's partition names and the boot code.
/// Sent twice: without <see cref="Changes"/> the agent answers what it would change and changes nothing; with exactly these
/// changes, once they are kept, it makes them.
/// </summary>
public sealed record NeutraliseOrder
{
    public required DiskIdentity Disk { get; init; }

    /// <summary><see cref="DiskState.Hash"/> of the disk as it was reported.</summary>
    public required string DiskStateHash { get; init; }

    /// <summary>What <see cref="NeutraliseProposed"/> answered; null asks for it.</summary>
    public IReadOnlyList<ByteChange>? Changes { get; init; }
}

/// <summary>Bytes of a disk as they are and as they are to be. Of equal length.</summary>
/// <param name="OffsetBytes">From the start of the disk.</param>
/// <param name="Before">Must still be there when the change is made; kept in the journal, they undo it.</param>
/// <param name="After">What replaces them.</param>
/// <param name="What">For people, what is done: <c>rename partition 4 META to old-META in the primary table</c>.</param>
public sealed record ByteChange(long OffsetBytes, byte[] Before, byte[] After, string What);

/// <summary>The META key that carries the boot nonce.</summary>
public static class BootNonceKey
{
    /// <summary>Talos leaves META keys 0x0c to 0x0e to users (facts: Talos source, pkg/machinery/meta).</summary>
    public const int Tag = 0x0c;

    /// <summary>The id under which Talos serves the key as a <c>MetaKeys.runtime.talos.dev</c> resource.</summary>
    public const string ResourceId = "0x0c";
}
