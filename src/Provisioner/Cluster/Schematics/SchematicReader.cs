using System.Globalization;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.Schematics;

/// <summary>
/// Reads a schematic as the Image Factory would, and refuses with place whatever would make its id uncertain: an unknown field
/// would be left out of the id here and part of it there.
/// </summary>
internal sealed class SchematicReader
{
    private const string ById = "correct it, or create the schematic at the Image Factory and write its 64-digit id instead";

    private readonly ProblemList _problems;

    private SchematicReader(ProblemList problems) => _problems = problems;

    /// <param name="map">The schematic.</param>
    /// <param name="path">Of the map in the file, for problems; empty for the file itself.</param>
    /// <param name="problems">Everything that is wrong goes here.</param>
    /// <returns>Only good when no problem was added.</returns>
    public static Schematic Read(YamlMap map, string path, ProblemList problems) => new SchematicReader(problems).ReadRoot(Section(problems, path, map));

    private static ConfigSection Section(ProblemList problems, string path, YamlNode node) =>
        new(problems, path, (YamlMap)node, node.Line, node.Column);

    private Schematic ReadRoot(ConfigSection root)
    {
        var schematic = new Schematic { Overlay = ReadOverlay(root) };
        if (Map(root, "customization") is { } customization) schematic = ReadCustomization(schematic, customization);
        root.RejectUnknownKeys();
        return schematic;
    }

    private Schematic ReadCustomization(Schematic schematic, ConfigSection from)
    {
        var extensions = Map(from, "systemExtensions");
        var secureBoot = Map(from, "secureboot");
        var diskImage = Map(from, "diskImage");
        var result = schematic with
        {
            EmbeddedMachineConfiguration = Text(from, "embeddedMachineConfiguration", 34) ?? "",
            ExtraKernelArgs = Texts(from, "extraKernelArgs", 10),
            Meta = ReadMeta(from),
            OfficialExtensions = extensions is null ? [] : Texts(extensions, "officialExtensions", 14),
            Bootloader = Choice(from, "bootloader", "none", "sd-boot", "grub", "dual-boot") is { } loader and not "none" ? loader : "",
            EnrollKeys = secureBoot is null ? "" : Choice(secureBoot, "enrollKeys", "force", "manual", "if-safe") ?? "",
            IncludeWellKnownCertificates = secureBoot?.Flag("includeWellKnownCertificates") ?? false,
            SectorBytes = diskImage is not null && Choice(diskImage, "sectorSize", "512", "4096") is { } size ? int.Parse(size, CultureInfo.InvariantCulture) : 0,
        };
        foreach (var section in new[] { extensions, secureBoot, diskImage, from }) section?.RejectUnknownKeys();
        return result;
    }

    private static SchematicOverlay? ReadOverlay(ConfigSection root)
    {
        if (Map(root, "overlay") is not { } overlay) return null;
        var image = Text(overlay, "image", 11) ?? "";
        var name = Text(overlay, "name", 10) ?? "";
        var options = Map(overlay, "options") is { } map ? ReadOptions(map) : [];
        overlay.RejectUnknownKeys();
        return image.Length + name.Length + options.Count == 0 ? null : new SchematicOverlay(image, name, options);
    }

    private static List<KeyValuePair<string, SchematicOption>> ReadOptions(ConfigSection options)
    {
        var read = new List<KeyValuePair<string, SchematicOption>>();
        foreach (var entry in options.Entries)
        {
            var key = entry.Key.Value;
            options.Find(key);
            // Go sorts keys by a natural order of its own; for plain letters it is the ordinary one.
            if (!key.All(char.IsAsciiLetter) && options.Entries.Count() > 1)
                options.Report(key, "is not a key of plain letters, so its place in the schematic's id is not certain", ById);
            else if (GoYamlText.Doubt(key, 0) is { } doubt)
                options.Report(key, doubt, ById);
            else if (entry.Value is not YamlText { IsNull: false } text)
                options.Report(key, "is no single value", ById);
            else if (text.IsPlain && (text.Value is "true" or "false" || IsDecimal(text.Value)))
                read.Add(new(key, new SchematicOption(text.Value, IsText: false)));
            else if (text.IsPlain && (GoYamlText.Doubt(text.Value, 0) is not null || GoYamlText.Write(text.Value, 0).StartsWith('"')))
                options.Report(key, "may be a number or truth value of another spelling", "put it into quotes");
            else if (CertainText(options, key, text, 10 + key.Length) is { } value)
                read.Add(new(key, new SchematicOption(value, IsText: true)));
        }

        return [.. read.OrderBy(option => option.Key, StringComparer.Ordinal)];
    }

    private List<SchematicMeta> ReadMeta(ConfigSection from)
    {
        var metas = new List<SchematicMeta>();
        foreach (var (item, field) in Items(from, "meta"))
        {
            if (item is not YamlMap)
            {
                _problems.Add(item.Line, item.Column, field, "is no map", "write { key: 0x0a, value: … }");
                continue;
            }

            var meta = Section(_problems, field, item);
            var key = meta.Text("key", "a META key like 0x0a", "write a META key like 0x0a");
            var value = Text(meta, "value", 17) ?? "";
            meta.RejectUnknownKeys();
            if (key is null) continue;
            if (MetaKey(key) is { } number) metas.Add(new SchematicMeta(number, value));
            else meta.Report("key", $"\"{key}\" is no META key", "write one from 0 to 255, like 10 or 0x0a");
        }

        return metas;
    }

    private static byte? MetaKey(string text) =>
        text.StartsWith("0x", StringComparison.Ordinal)
            ? byte.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex : null
            : IsDecimal(text) && byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var plain) ? plain : null;

    private static bool IsDecimal(string text) => text is "0" || (text.Length is > 0 and < 16 && text[0] is >= '1' and <= '9' && text.All(char.IsAsciiDigit));

    private static ConfigSection? Map(ConfigSection from, string key) =>
        from.Find(key)?.Value is YamlText { IsNull: true } ? null : from.Section(key, "write a map of the Image Factory's fields", required: false);

    private static string? Text(ConfigSection from, string key, int column) => from.Find(key)?.Value switch
    {
        null or YamlText { IsNull: true } => null,
        YamlText text => CertainText(from, key, text, column),
        _ => Refuse(from, key, "is no single value"),
    };

    private static string? CertainText(ConfigSection from, string key, YamlText text, int column) =>
        GoYamlText.Doubt(text.Value, column) is { } doubt ? Refuse(from, key, doubt) : text.Value;

    private static string? Refuse(ConfigSection from, string key, string why)
    {
        from.Report(key, $"{why}, so the schematic's id is not certain", ById);
        return null;
    }

    private static string? Choice(ConfigSection from, string key, params string[] known)
    {
        if (from.Text(key, string.Join(", ", known)) is not { } text) return null;
        if (known.Contains(text)) return text;
        from.Report(key, $"\"{text}\" is not known here", $"write {string.Join(", ", known)}, or the schematic's 64-digit id");
        return null;
    }

    private List<string> Texts(ConfigSection from, string key, int column)
    {
        var texts = new List<string>();
        foreach (var (item, field) in Items(from, key))
        {
            var why = item is YamlText { IsNull: false } text
                ? text.Value.Contains('\n') ? "has several lines" : GoYamlText.Doubt(text.Value, column)
                : "is no single value";
            if (why is null) texts.Add(((YamlText)item).Value);
            else _problems.Add(item.Line, item.Column, field, $"{why}, so the schematic's id is not certain", ById);
        }

        return texts;
    }

    private static IEnumerable<(YamlNode Item, string Field)> Items(ConfigSection from, string key)
    {
        switch (from.Find(key)?.Value)
        {
            case null or YamlText { IsNull: true }:
                return [];
            case YamlList list:
                return list.Items.Select((item, index) => (item, $"{from.FieldOf(key)}[{index}]"));
            default:
                from.Report(key, "is no list", "write a list");
                return [];
        }
    }
}
