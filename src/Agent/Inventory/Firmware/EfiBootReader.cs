using System.Buffers.Binary;
using System.Globalization;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory.Firmware;

/// <summary>The boot variables below <c>/sys/firmware/efi/efivars</c>: each file is four bytes of attributes and the content.</summary>
internal static class EfiBootReader
{
    private const string GlobalVariable = "-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    private const int AttributeBytes = 4;

    /// <summary>Null on BIOS machines, and where the file system of the variables is not mounted.</summary>
    public static EfiBoot? Read(HostRoots roots)
    {
        var folder = Path.Combine(roots.Sys, "firmware/efi/efivars");
        var names = ValueFile.Entries(folder);
        if (names.Count == 0) return null;

        var order = Numbers(Content(folder, "BootOrder"));
        var options = new SortedDictionary<ushort, EfiLoadOption>();
        foreach (var name in names)
            if (NumberOf(name) is { } number && EfiLoadOption.Parse(Content(folder, $"Boot{number:X4}")) is { } option)
                options[number] = option;
        return new EfiBoot(
            Numbers(Content(folder, "BootCurrent")) is [var current, ..] ? $"{current:X4}" : null,
            [.. order.Distinct().Where(options.ContainsKey).Concat(options.Keys.Except(order))
                .Select(number => Entry(number, options[number], order.Contains(number)))]);
    }

    private static EfiBootEntry Entry(ushort number, EfiLoadOption option, bool ordered) =>
        new($"{number:X4}", option.Description, option.Active, ordered, option.Network, option.PartUuid, option.Path);

    /// <summary>Of <c>Boot0001-8be4df61-…</c>; null for other variables, BootOrder and BootNext among them.</summary>
    private static ushort? NumberOf(string file) =>
        file.Length == 8 + GlobalVariable.Length && file.StartsWith("Boot", StringComparison.Ordinal) && file.EndsWith(GlobalVariable, StringComparison.OrdinalIgnoreCase)
        && ushort.TryParse(file.AsSpan(4, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static ushort[] Numbers(byte[] content) =>
        [.. Enumerable.Range(0, content.Length / 2).Select(index => BinaryPrimitives.ReadUInt16LittleEndian(content.AsSpan(index * 2)))];

    private static byte[] Content(string folder, string name)
    {
        try
        {
            var bytes = File.ReadAllBytes(Path.Combine(folder, name + GlobalVariable));
            return bytes.Length > AttributeBytes ? bytes[AttributeBytes..] : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
