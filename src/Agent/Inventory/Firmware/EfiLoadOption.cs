using System.Buffers.Binary;
using System.Text;

namespace Kronform.Provision.Agent.Inventory.Firmware;

/// <summary>
/// The content of one <c>Boot####</c> variable (UEFI specification 2.10, 3.1.3 "Load Options", 10.3 "Device Path Nodes").
/// All that is not looked for here is passed over.
/// </summary>
/// <param name="PartUuid">As the kernel writes PARTUUID: a GPT's guid in lower case, or an MBR's number and the entry's.</param>
/// <param name="Path">File on that partition, with backslashes.</param>
internal sealed record EfiLoadOption(string Description, bool Active, bool Network, string? PartUuid, string? Path)
{
    private const uint ActiveAttribute = 1;
    private const int NodeHeadBytes = 4;

    // Device path node types and subtypes.
    private const byte Messaging = 3, Media = 4, BiosBoot = 5, End = 0x7F;
    private const byte Mac = 11, IpV4 = 12, IpV6 = 13, Uri = 24;
    private const byte HardDrive = 1, FilePath = 4;
    private const ushort BiosNetwork = 6, BiosBootstrapEntry = 0x80;

    /// <summary>Null when it is no load option: too short, or lengths that lead past its end.</summary>
    /// <param name="data">Without the four bytes of attributes that efivarfs puts before a variable.</param>
    public static EfiLoadOption? Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < 8) return null;
        var attributes = BinaryPrimitives.ReadUInt32LittleEndian(data);
        int pathBytes = BinaryPrimitives.ReadUInt16LittleEndian(data[4..]);
        var (description, used) = Text(data[6..]);
        if (used < 0 || 6 + used + pathBytes > data.Length) return null;

        var option = new EfiLoadOption(description, (attributes & ActiveAttribute) != 0, Network: false, PartUuid: null, Path: null);
        for (var nodes = data.Slice(6 + used, pathBytes); nodes.Length >= NodeHeadBytes;)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(nodes[2..]);
            if (length < NodeHeadBytes || length > nodes.Length) return null;
            // What follows the first end is another place for the same, or the option's own data.
            if (nodes[0] == End) break;
            option = option.With(nodes[0], nodes[1], nodes[NodeHeadBytes..length]);
            nodes = nodes[length..];
        }
        return option;
    }

    private EfiLoadOption With(byte type, byte subtype, ReadOnlySpan<byte> body) => (type, subtype) switch
    {
        (Messaging, Mac or IpV4 or IpV6 or Uri) => this with { Network = true },
        (BiosBoot, 1) when body.Length >= 2 && BinaryPrimitives.ReadUInt16LittleEndian(body) is BiosNetwork or BiosBootstrapEntry =>
            this with { Network = true },
        (Media, HardDrive) when body.Length >= 38 => this with { PartUuid = PartUuidOf(body) },
        // A path may come in pieces, each a node of its own.
        (Media, FilePath) => this with { Path = Join(Path, Text(body).Value) },
        _ => this,
    };

    /// <summary>Number 4, first LBA 8, length 8, signature 16, table format 1, signature kind 1 (1: MBR, 2: GPT).</summary>
    private static string? PartUuidOf(ReadOnlySpan<byte> body) => body[37] switch
    {
        1 => $"{BinaryPrimitives.ReadUInt32LittleEndian(body[20..]):x8}-{BinaryPrimitives.ReadUInt32LittleEndian(body):x2}",
        2 => new Guid(body.Slice(20, 16)).ToString(),
        _ => null,
    };

    private static string Join(string? first, string second) =>
        first is null ? second : $"{first.TrimEnd('\\')}\\{second.TrimStart('\\')}";

    /// <summary>UCS-2 up to and with its NUL; -1 bytes when there is none.</summary>
    private static (string Value, int Bytes) Text(ReadOnlySpan<byte> data)
    {
        for (var at = 0; at + 1 < data.Length; at += 2)
            if (data[at] == 0 && data[at + 1] == 0) return (Encoding.Unicode.GetString(data[..at]), at + 2);
        return (Encoding.Unicode.GetString(data[..(data.Length / 2 * 2)]), -1);
    }
}
