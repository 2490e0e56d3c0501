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
    private const ulong UberblockMagic = 0x00BAB10C;

    private static readonly Place[] Places =
        [new(0), new(LabelBytes), new(-2 * LabelBytes, LabelBytes), new(-LabelBytes, LabelBytes)];

    public static IEnumerable<Signature> Find(VolumeBytes volume)
    {
        foreach (var place in Places)
        {
            var offset = place.In(volume.SizeBytes);
            if (!volume.Contains(offset, LabelBytes)) continue;
            var label = volume.Read(offset, LabelBytes);
            for (var slot = UberblocksAt; slot < LabelBytes; slot += SmallestSlot)
            {
                var magic = label.AsSpan(slot, 8);
                if (BinaryPrimitives.ReadUInt64LittleEndian(magic) != UberblockMagic
                    && BinaryPrimitives.ReadUInt64BigEndian(magic) != UberblockMagic) continue;
                yield return new Signature("zfs_member", offset + slot, PoolName(label.AsSpan(NamesAt, UberblocksAt - NamesAt)));
                break;
            }
        }
    }

    /// <summary>The string after the key "name" in the XDR list of the label; null when the list is not as expected.</summary>
    private static string? PoolName(ReadOnlySpan<byte> list)
    {
        ReadOnlySpan<byte> key = [0, 0, 0, 4, (byte)'n', (byte)'a', (byte)'m', (byte)'e', 0, 0, 0, 9, 0, 0, 0, 1];
        var at = list.IndexOf(key);
        if (at < 0 || at + key.Length + 4 > list.Length) return null;
        var text = list[(at + key.Length)..];
        var length = BinaryPrimitives.ReadInt32BigEndian(text);
        return length is > 0 and <= 256 && length + 4 <= text.Length ? Encoding.UTF8.GetString(text.Slice(4, length)) : null;
    }
}
