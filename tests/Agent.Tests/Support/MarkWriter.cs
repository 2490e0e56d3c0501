using System.Buffers.Binary;
using System.Text;
using Kronform.Provision.Agent.Imaging.Meta;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>Puts marks on disks as the owners of the formats lay them out, as far as a reader looks at them.</summary>
internal static class MarkWriter
{
    private const long KiB = 1 << 10;

    /// <summary>Writes a mark so that its magic lies at <paramref name="offset"/> of the volume.</summary>
    public static void Put(FileDisk disk, long start, string kind, long offset, string? label)
    {
        void At(long place, ReadOnlySpan<byte> bytes)
        {
            var first = (start + place) / 512 * 512;
            var last = (start + place + bytes.Length + 511) / 512 * 512;
            var sectors = new byte[last - first];
            disk.ReadAt(first, sectors);
            bytes.CopyTo(sectors.AsSpan((int)(start + place - first)));
            disk.WriteAt(first, sectors);
        }

        void Number(long place, long value, int bytes = 8)
        {
            var number = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            At(place, number.AsSpan(0, bytes));
        }

        void Text(long place, string text) => At(place, Encoding.ASCII.GetBytes(text));

        switch (kind)
        {
            case "xfs":
                Text(0, "XFSB");
                Text(0x6C, label!);
                break;
            case "btrfs":
                Text(offset, "_BHRfS_M");
                Number(offset - 0x40 + 0x30, offset - 0x40);
                Text(offset - 0x40 + 0x12B, label!);
                break;
            case "linux_raid_member" when label!.StartsWith("rescue", StringComparison.Ordinal):
                Number(offset, 0xA92B4EFC, 4);
                Number(offset + 4, 1, 4);
                Text(offset + 32, label);
                Number(offset + 144, offset / 512);
                // data_offset, which every reader must take for what it is.
                Number(offset + 128, 2048);
                break;
            case "linux_raid_member":
                Number(offset, 0xA92B4EFC, 4);
                Number(offset + 20, 1, 4);
                Number(offset + 52, 2, 4);
                Number(offset + 56, 3, 4);
                Number(offset + 60, 4, 4);
                break;
            case "lvm2_member":
                Text(offset - 24, "LABELONE");
                Number(offset - 24 + 20, 32, 4);
                Text(offset, "LVM2 001" + label!.Replace("-", "", StringComparison.Ordinal));
                break;
            case "crypto_luks":
                At(offset, offset == 0 ? "LUKS"u8 : "SKUL"u8);
                At(offset + 4, [0xBA, 0xBE, 0, 2]);
                Text(offset + 168, label!);
                break;
            case "ceph_bluestore":
                Text(offset, $"bluestore block device\n{label}\n");
                break;
            case "iso9660":
                Text(offset, "CD001");
                Text(offset + 39, label!.PadRight(32));
                break;
            case "bcache":
                At(offset, [0xC6, 0x85, 0x73, 0xF6, 0x4E, 0x1A, 0x45, 0xCA, 0x82, 0x65, 0xF5, 0x7F, 0x48, 0xBA, 0x6D, 0x81]);
                Text(offset - 24 + 72, label!);
                break;
            case "drbd":
                At(offset, [0x83, 0x74, 0x02, 0x6B]);
                break;
            case "isw_raid_member":
                Text(offset, "Intel Raid ISM Cfg Sig. 1.3.00");
                break;
            case "ntfs" when offset > 510:
                Text(offset, "NTFS    ");
                break;
            case "ntfs":
                Text(offset, "NTFS    ");
                At(510, [0x55, 0xAA]);
                break;
            case "zfs_member":
                // The label begins at the 256 KiB before the slot; a little- or a big-endian host wrote it.
                Number(offset, 0x00BAB10C);
                At(offset / (256 * KiB) * 256 * KiB + 16 * KiB + 100, [0, 0, 0, 4, .. "name"u8, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 4, .. "tank"u8]);
                break;
            case "talosmeta":
                At(offset, MetaBlock.TryBuild([new MetaRecord(0x0c, "n"u8.ToArray())]));
                break;
            case "swap":
                Text(offset, "SWAPSPACE2");
                break;
            case "dos":
                At(446, [0x80, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0]);
                At(510, [0x55, 0xAA]);
                break;
            case "gpt":
                Text(offset, "EFI PART");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }
}
