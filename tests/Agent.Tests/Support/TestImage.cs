using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Agent.Imaging.Meta;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A GPT of a few lines: header and entries at both ends, as the UEFI specification has them.</summary>
internal static class TestGpt
{
    public static void Put(Span<byte> disk, int sector, params (string Name, Guid Type, long FirstLba, long LastLba)[] partitions)
    {
        var (head, tail) = Build(disk.Length, sector, partitions);
        head.CopyTo(disk);
        tail.CopyTo(disk[^tail.Length..]);
    }

    /// <summary>What belongs at the start of a disk of that size, and what at its end.</summary>
    public static (byte[] Head, byte[] Tail) Build(long diskBytes, int sector, params (string Name, Guid Type, long FirstLba, long LastLba)[] partitions)
    {
        var entries = new byte[128 * 128];
        for (var index = 0; index < partitions.Length; index++)
        {
            var entry = entries.AsSpan(index * 128, 128);
            partitions[index].Type.TryWriteBytes(entry);
            new Guid(index + 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).TryWriteBytes(entry[16..]);
            BinaryPrimitives.WriteInt64LittleEndian(entry[32..], partitions[index].FirstLba);
            BinaryPrimitives.WriteInt64LittleEndian(entry[40..], partitions[index].LastLba);
            Encoding.Unicode.GetBytes(partitions[index].Name).CopyTo(entry[56..]);
        }
        long last = diskBytes / sector - 1, entriesLbas = entries.Length / sector;
        var head = new byte[2 * sector + entries.Length];
        head[446 + 4] = 0xEE;
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(446 + 8), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(446 + 12), (uint)last);
        (head[510], head[511]) = (0x55, 0xAA);
        Header(head.AsSpan(sector, sector), 1, last, 2, last, sector, entries);
        entries.CopyTo(head, 2 * sector);
        var tail = new byte[entries.Length + sector];
        entries.CopyTo(tail, 0);
        Header(tail.AsSpan(entries.Length), last, 1, last - entriesLbas, last, sector, entries);
        return (head, tail);
    }

    private static void Header(Span<byte> header, long own, long other, long entriesLba, long last, int sector, byte[] entries)
    {
        "EFI PART"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], 0x10000);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], 92);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], own);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], other);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], 2 + entries.Length / sector);
        BinaryPrimitives.WriteInt64LittleEndian(header[48..], last - entries.Length / sector - 1);
        BinaryPrimitives.WriteInt64LittleEndian(header[72..], entriesLba);
        BinaryPrimitives.WriteUInt32LittleEndian(header[80..], 128);
        BinaryPrimitives.WriteUInt32LittleEndian(header[84..], 128);
        BinaryPrimitives.WriteUInt32LittleEndian(header[88..], PlainCrc(entries));
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], PlainCrc(header[..92]));
    }

    /// <summary>Bit by bit, so that the agent's table-driven one is not compared with itself.</summary>
    public static uint PlainCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}

/// <summary>An image laid out like Talos' own, small: EFI, BIOS, META, filled with what does not compress to nothing.</summary>
internal sealed class TestImage
{
    public const int MiB = 1 << 20;
    public const string Nonce = "nonce-0123456789abcdef";

    public static readonly Guid Esp = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
    public static readonly Guid LinuxData = new("0FC63DAF-8483-4772-8E79-3D69D8477DE4");

    public byte[] Raw { get; }

    public long MetaOffset { get; }

    /// <param name="metaOffsetMiB">Not a multiple of four by default, so that META may straddle two blocks when asked to.</param>
    public TestImage(int sizeMiB = 11, double metaOffsetMiB = 7.75, bool dualBootKey = true, string metaName = "META", int sector = 512)
    {
        Raw = new byte[sizeMiB * MiB];
        MetaOffset = (long)(metaOffsetMiB * MiB);
        var random = new Random(20260921);
        random.NextBytes(Raw.AsSpan(MiB, 2 * MiB));
        random.NextBytes(Raw.AsSpan(9 * MiB, MiB));
        TestGpt.Put(Raw, sector,
            ("EFI", Esp, MiB / sector, 4L * MiB / sector - 1),
            (metaName, LinuxData, MetaOffset / sector, (MetaOffset + MiB) / sector - 1));
        // Boot code: something before the table that must arrive too.
        random.NextBytes(Raw.AsSpan(0, 440));
        if (dualBootKey)
        {
            var block = MetaBlock.TryBuild([new MetaRecord(0x11, "dual-boot"u8.ToArray())])!;
            block.CopyTo(Raw, MetaOffset);
            block.CopyTo(Raw, MetaOffset + MetaBlock.Bytes);
        }
    }

    private TestImage(byte[] raw, long metaOffset) => (Raw, MetaOffset) = (raw, metaOffset);

    /// <summary>One of 5 MiB, a block and a bit, for tests that write it hundreds of times.</summary>
    public static TestImage Small()
    {
        var raw = new byte[5 * MiB];
        var random = new Random(4);
        TestGpt.Put(raw, 512, ("META", LinuxData, 2048, 4095), ("EFI", Esp, 4096, 8191));
        random.NextBytes(raw.AsSpan(0, 440));
        // On both sides of the border between its blocks, so that a fault may lie there too.
        random.NextBytes(raw.AsSpan(2 * MiB, 40_000));
        random.NextBytes(raw.AsSpan(4 * MiB - 30_000, 60_000));
        random.NextBytes(raw.AsSpan(5 * MiB - 100_000, 60_000));
        return new TestImage(raw, MiB);
    }

    /// <summary>The image as it should be on the disk.</summary>
    public byte[] Expected(string nonce = Nonce)
    {
        var expected = Raw.ToArray();
        MetaArea.PutNonce(expected.AsSpan((int)MetaOffset, MetaArea.Bytes), nonce);
        return expected;
    }

    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
