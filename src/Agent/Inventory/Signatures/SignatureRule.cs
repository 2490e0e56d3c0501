using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory.Signatures;

internal delegate bool BlockCheck(ReadOnlySpan<byte> block);

internal delegate string? BlockText(ReadOnlySpan<byte> block);

/// <summary>Whether a rule fits at a place of the volume, for marks that name their own place.</summary>
internal delegate bool PlaceCheck(ReadOnlySpan<byte> block, long offset);

/// <summary>
/// How to know one mark: a block at one or several places, magic bytes in it, and what else must hold. The reported place is
/// that of the magic bytes, as <c>wipefs</c> prints it.
/// </summary>
internal sealed record SignatureRule(string Kind, Place[] Places, int MagicAt, byte[] Magic)
{
    public int BlockBytes { get; init; } = 512;

    public BlockCheck? Valid { get; init; }

    public PlaceCheck? ValidHere { get; init; }

    /// <summary>What people call it. Where there is none the uuid stands for it.</summary>
    public BlockText? Name { get; init; }

    public BlockText? Uuid { get; init; }

    public BlockText? Version { get; init; }

    /// <summary>For families that share a magic (ext2, ext3, ext4).</summary>
    public BlockText? KindOf { get; init; }

    /// <summary>The mark at the place that begins at <paramref name="offset"/>, counted from the start of the volume.</summary>
    public Signature? Match(ReadOnlySpan<byte> block, long offset)
    {
        if (!block.Slice(MagicAt, Magic.Length).SequenceEqual(Magic)) return null;
        if (Valid is not null && !Valid(block)) return null;
        if (ValidHere is not null && !ValidHere(block, offset)) return null;
        var uuid = Uuid?.Invoke(block);
        return new Signature(KindOf?.Invoke(block) ?? Kind, offset + MagicAt, Name?.Invoke(block) ?? uuid, uuid, Version?.Invoke(block));
    }
}

/// <summary>A place on a volume of any size.</summary>
/// <param name="Offset">Bytes from the start; when negative, from the end.</param>
/// <param name="Alignment">Only for places from the end: the volume's size is rounded down to this first, as the owner of the format does.</param>
internal readonly record struct Place(long Offset, long Alignment = 1)
{
    /// <summary>For places that depend on the volume's size in another way.</summary>
    public Func<long, long>? Computed { get; init; }

    public bool IsFromStart => Computed is null && Offset >= 0;

    public long In(long volumeBytes) =>
        Computed is not null ? Computed(volumeBytes) : Offset >= 0 ? Offset : volumeBytes / Alignment * Alignment + Offset;

    public static Place[] Start { get; } = [new(0)];

    public static Place[] At(params long[] offsets) => [.. offsets.Select(offset => new Place(offset))];
}
