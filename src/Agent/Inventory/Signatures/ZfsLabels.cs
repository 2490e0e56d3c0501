using System.Buffers.Binary;
using System.Text;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>
/// ZFS keeps four labels of 256 KiB, two at each end of the volume (rounded down to 256 KiB). Which of the uberblock slots in
/// the second half of a label are used depends on history, so all are looked at.
/// </summary>
internal static class ZfsLabels
{
    private const int LabelBytes = 256 * 1024;
    private const int UberblocksAt = 128 * 1024;
    private const int NamesAt = 16 * 1024;
    private const int SmallestSlot = 1024;
    private const byte NumberType = 8, StringType = 9;
    private const ulong UberblockMagic = 0x00BAB10C;

    public static Place[] Places { get; } =
        [new(0), new(LabelBytes), new(-2 * LabelBytes, LabelBytes), new(-LabelBytes, LabelBytes)];

    /// <summary>The mark in the label that begins at <paramref name="offset"/>.</summary>
    public static IEnumerable<Signature> FindAt(VolumeBytes volume, long offset)
    {
        if (!volume.Contains(offset, LabelBytes)) yield break;
        var label = volume.Read(offset, LabelBytes);
        for (var slot = UberblocksAt; slot < LabelBytes; slot += SmallestSlot)
        {
            var magic = label.AsSpan(slot, 8);
            if (BinaryPrimitives.ReadUInt64LittleEndian(magic) != UberblockMagic
                && BinaryPrimitives.ReadUInt64BigEndian(magic) != UberblockMagic) continue;
            var list = label.AsMemory(NamesAt, UberblocksAt - NamesAt);
            var guid = Number(list.Span, "pool_guid"u8)?.ToString();
            yield return new Signature("zfs_member", offset + slot, Name(list.Span) ?? guid, guid, Number(list.Span, "version"u8)?.ToString());
            yield break;
        }
    }

    /// <summary>The pool's name; null when the list is not as expected.</summary>
    private static string? Name(ReadOnlySpan<byte> list)
    {
        var text = Value(list, "name"u8, StringType);
        if (text.Length < 4) return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(text);
        return length is > 0 and <= 256 && length + 4 <= text.Length ? Encoding.UTF8.GetString(text.Slice(4, length)) : null;
    }

    private static ulong? Number(ReadOnlySpan<byte> list, ReadOnlySpan<byte> key) =>
        Value(list, key, NumberType) is { Length: >= 8 } value ? BinaryPrimitives.ReadUInt64BigEndian(value) : null;

    /// <summary>
    /// What follows a key of the label's XDR list: the length of the name, the name padded to four bytes, the type, the number of
    /// values (1), the value. Empty when there is no such key. The first that fits is the pool's: what nests comes after.
    /// </summary>
    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> list, ReadOnlySpan<byte> key, byte type)
    {
        var padding = new byte[(4 - key.Length % 4) % 4];
        byte[] head = [0, 0, 0, (byte)key.Length, .. key, .. padding, 0, 0, 0, type, 0, 0, 0, 1];
        var at = list.IndexOf(head);
        return at < 0 ? [] : list[(at + head.Length)..];
    }
}
