using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kronform.Provision.Cluster.Yaml;

/// <summary>Turns text into trees that know their lines. What is wrong goes to the problem list, without quoting the text.</summary>
internal sealed class YamlDocuments
{
    private const int DeepestNesting = 64;

    private readonly Parser _parser;
    private readonly ProblemList _problems;
    private readonly Dictionary<string, YamlNode> _anchors = [];

    private YamlDocuments(string text, ProblemList problems)
    {
        _parser = new Parser(new StringReader(text));
        _problems = problems;
    }

    /// <summary>The documents of the file; those before a syntax error when there is one. An empty document is left out.</summary>
    public static IReadOnlyList<YamlNode> Parse(string text, ProblemList problems)
    {
        var documents = new List<YamlNode>();
        var reader = new YamlDocuments(text, problems);
        try
        {
            reader.ReadAll(documents);
        }
        catch (YamlException error)
        {
            YamlSyntaxProblem.Report(text, error, problems);
        }

        return documents;
    }

    private void ReadAll(List<YamlNode> documents)
    {
        _parser.Consume<StreamStart>();
        while (!_parser.TryConsume<StreamEnd>(out _))
        {
            _parser.Consume<DocumentStart>();
            _anchors.Clear();
            var root = ReadNode(0);
            if (root is not YamlText { IsNull: true }) documents.Add(root);
            _parser.Consume<DocumentEnd>();
        }
    }

    private YamlNode ReadNode(int depth)
    {
        var start = _parser.Current!.Start;
        if (depth > DeepestNesting) throw new YamlException(start, start, "the nesting is too deep");

        if (_parser.TryConsume<AnchorAlias>(out var alias))
            return _anchors.TryGetValue(alias.Value.Value, out var target)
                ? target
                : throw new YamlException(start, start, "an alias names an anchor that is not complete here");

        if (_parser.Accept<SequenceStart>(out _)) return ReadList(depth);
        if (_parser.Accept<MappingStart>(out _)) return ReadMap(depth);
        return ReadText();
    }

    private YamlText ReadText()
    {
        var scalar = _parser.Consume<Scalar>();
        // `!!str 1` is text although it is plain.
        bool plain = scalar.Style == ScalarStyle.Plain && (scalar.Tag.IsEmpty || scalar.Tag.Value != "tag:yaml.org,2002:str");
        return Remember(scalar, new YamlText(scalar.Value, plain, Line(scalar), Column(scalar)) { File = _problems.File });
    }

    private YamlList ReadList(int depth)
    {
        var start = _parser.Consume<SequenceStart>();
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode(depth + 1));
        return Remember(start, new YamlList(items, Line(start), Column(start)) { File = _problems.File });
    }

    private YamlMap ReadMap(int depth)
    {
        var start = _parser.Consume<MappingStart>();
        var entries = new List<YamlEntry>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(depth + 1);
            var value = ReadNode(depth + 1);
            if (key is not YamlText name)
                _problems.Add(key.Line, key.Column, "", "a key is a list or a map", "use plain words as keys");
            else if (entries.Find(e => e.Key.Value == name.Value) is { } earlier)
                _problems.Add(name.Line, name.Column, name.Value,
                    $"the key is written twice in one map, first in line {earlier.Key.Line}", "keep one of the two");
            else
                entries.Add(new YamlEntry(name, value));
        }

        return Remember(start, new YamlMap(Inherited(entries), Line(start), Column(start)) { File = _problems.File });
    }

    /// <summary>Puts in place what <c>&lt;&lt;</c> refers to; keys written in the map itself win.</summary>
    private List<YamlEntry> Inherited(List<YamlEntry> entries)
    {
        int at = entries.FindIndex(e => e.Key is { Value: "<<", IsPlain: true });
        if (at < 0) return entries;
        var merge = entries[at];
        IReadOnlyList<YamlNode> sources = merge.Value is YamlList list ? list.Items : [merge.Value];
        if (sources.FirstOrDefault(s => s is not YamlMap) is { } other)
            _problems.Add(other.Line, other.Column, "<<", "does not refer to a map", "write << with an alias of a map");
        var own = entries.Where((_, index) => index != at).ToList();
        var inherited = sources.OfType<YamlMap>().SelectMany(m => m.Entries).DistinctBy(e => e.Key.Value).Where(e => own.TrueForAll(o => o.Key.Value != e.Key.Value));
        return [.. entries[..at], .. inherited, .. entries[(at + 1)..]];
    }

    private T Remember<T>(NodeEvent source, T node) where T : YamlNode
    {
        if (!source.Anchor.IsEmpty) _anchors[source.Anchor.Value] = node;
        return node;
    }

    private static int Line(ParsingEvent source) => (int)source.Start.Line;

    private static int Column(ParsingEvent source) => (int)source.Start.Column;
}
