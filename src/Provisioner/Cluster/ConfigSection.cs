using Kronform.Provision.Cluster.Schematics;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster;

/// <summary>
/// One map of provision.yaml while it is read. Each question about a key makes the key known; whatever was never asked about is
/// reported by <see cref="RejectUnknownKeys"/>. Problems point at the key, or at the map's own key when something is missing.
/// </summary>
internal sealed class ConfigSection(ProblemList problems, string path, YamlMap map, int line, int column)
{
    /// <summary>What the starter file writes where only the operator knows the value.</summary>
    public const string Placeholder = "FILL-ME-IN";

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public string Path { get; } = path;

    public int Line { get; } = line;

    public int Column { get; } = column;

    public IEnumerable<YamlEntry> Entries => map.Entries;

    public YamlEntry? Find(string key)
    {
        _known.Add(key);
        return map.Find(key);
    }

    public bool Has(string key) => Find(key) is not null;

    public string FieldOf(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    public void Report(string key, string message, string remedy, FailureCode? code = null)
    {
        var at = map.Find(key)?.Key;
        problems.Add(at?.Line ?? Line, at?.Column ?? Column, FieldOf(key), message, remedy, code);
    }

    /// <summary>The text of a scalar; null when absent, empty or no scalar, which is then reported (absence only with a remedy).</summary>
    public string? Text(string key, string shape, string? remedyWhenMissing = null)
    {
        var entry = Find(key);
        if (entry is null)
        {
            if (remedyWhenMissing is not null) Report(key, "is missing", remedyWhenMissing);
            return null;
        }

        switch (entry.Value)
        {
            case YamlText { IsNull: false } text when text.Value.Trim().Length > 0:
                if (text.Value != Placeholder) return text.Value.Trim();
                Report(key, "is still to be filled in", $"write {shape}");
                return null;
            case YamlText:
                Report(key, "is empty", $"write {shape}");
                return null;
            default:
                Report(key, $"is {Kind(entry.Value)}", $"write {shape}");
                return null;
        }
    }

    /// <summary>A list of texts; a single text counts as a list of one. What is none is reported.</summary>
    public IReadOnlyList<string> Texts(string key, string shape)
    {
        if (Find(key)?.Value is not YamlList list) return Text(key, shape) is { } single ? [single] : [];
        var texts = new List<string>();
        foreach (var item in list.Items)
        {
            if (item is YamlText { IsNull: false } text && text.Value.Trim().Length > 0) texts.Add(text.Value.Trim());
            else problems.Add(item.Line, item.Column, FieldOf(key), $"is {(item is YamlText ? "empty" : Kind(item))}", $"write {shape}");
        }

        return texts;
    }

    public bool Flag(string key)
    {
        if (Text(key, "true or false") is not { } text) return false;
        if (text is "true" or "false") return text == "true";
        Report(key, $"\"{text}\" is neither true nor false", "write true or false");
        return false;
    }

    public ConfigSection? Section(string key, string remedy, bool required = true)
    {
        var entry = Find(key);
        if (entry is null)
        {
            if (required) Report(key, "is missing", remedy);
            return null;
        }

        if (entry.Value is YamlMap child)
            return new ConfigSection(problems, FieldOf(key), child, entry.Key.Line, entry.Key.Column);
        Report(key, entry.Value is YamlText { IsNull: true } ? "is empty" : $"is {Kind(entry.Value)}, not a map", remedy);
        return null;
    }

    /// <summary>The map under the key as an Image Factory schematic; only to be asked where there is a map.</summary>
    public Schematic ReadSchematic(string key) => SchematicReader.Read((YamlMap)Find(key)!.Value, FieldOf(key), problems);

    /// <summary>Each entry as a section of its own, named by its key.</summary>
    public IEnumerable<(string Name, ConfigSection? Section)> Sections(string remedy)
    {
        foreach (var entry in map.Entries) yield return (entry.Key.Value, Section(entry.Key.Value, remedy));
    }

    public void RejectUnknownKeys()
    {
        foreach (var entry in map.Entries.Where(e => !_known.Contains(e.Key.Value)))
        {
            var nearest = NearestName.Of(entry.Key.Value, _known);
            Report(entry.Key.Value, "is not a known key",
                nearest is null ? $"known here: {string.Join(", ", _known.Order(StringComparer.Ordinal))}" : $"did you mean {nearest}?");
        }
    }

    private static string Kind(YamlNode node) => node switch
    {
        YamlMap => "a map",
        YamlList => "a list",
        _ => "a single value",
    };
}
