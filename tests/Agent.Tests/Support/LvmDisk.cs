using System.Buffers.Binary;
using System.Text;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>The first MiB of a physical volume, as LVM2's <c>format_text/layout.h</c> lays it out: label, area, ring of texts.</summary>
internal static class LvmDisk
{
    public const int AreaAt = 4096, AreaBytes = (1 << 20) - AreaAt;
    public const string Uuid = "gDwGJ0-gndt-Sm4Y-BJz6-6V8l-gRTF-UEuo0Y";

    /// <param name="textAt">Where the latest text begins in the area; past its end it goes on after the area's header.</param>
    public static byte[] Build(string? text, int textAt = 512)
    {
        var disk = new byte[1 << 20];
        var label = disk.AsSpan(512, 512);
        "LABELONE"u8.CopyTo(label);
        label[8] = 1;
        label[20] = 32;
        "LVM2 001"u8.CopyTo(label[24..]);
        Encoding.ASCII.GetBytes(Uuid.Replace("-", "", StringComparison.Ordinal)).CopyTo(label[32..]);
        BinaryPrimitives.WriteInt64LittleEndian(label[64..], 300 << 20);
        // One area of data to the volume's end, one of text.
        BinaryPrimitives.WriteInt64LittleEndian(label[72..], 1 << 20);
        BinaryPrimitives.WriteInt64LittleEndian(label[104..], AreaAt);
        BinaryPrimitives.WriteInt64LittleEndian(label[112..], AreaBytes);

        Area(disk.AsSpan(AreaAt, AreaBytes), AreaAt, text, textAt);
        return disk;
    }

    /// <param name="place">Where the area lies, from the start of the volume.</param>
    public static void Area(Span<byte> area, long place, string? text, int textAt = 512)
    {
        " LVM2 x[5A%r0N*>"u8.CopyTo(area[4..]);
        area[20] = 1;
        BinaryPrimitives.WriteInt64LittleEndian(area[24..], place);
        BinaryPrimitives.WriteInt64LittleEndian(area[32..], area.Length);
        if (text is null) return;
        var bytes = Encoding.ASCII.GetBytes(text);
        BinaryPrimitives.WriteInt64LittleEndian(area[40..], textAt);
        BinaryPrimitives.WriteInt64LittleEndian(area[48..], bytes.Length);
        for (var index = 0; index < bytes.Length; index++)
        {
            var at = textAt + index;
            area[at < area.Length ? at : at - area.Length + 512] = bytes[index];
        }
    }
}
