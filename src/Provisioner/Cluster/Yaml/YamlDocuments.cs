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
        return Remember(scalar, new YamlText(scalar.Value, scalar.Style == ScalarStyle.Plain, Line(scalar), Column(scalar)));
    }

    private YamlList ReadList(int depth)
    {
        var start = _parser.Consume<SequenceStart>();
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode(depth + 1));
        return Remember(start, new YamlList(items, Line(start), Column(start)));
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

        return Remember(start, new YamlMap(entries, Line(start), Column(start)));
    }

    private T Remember<T>(NodeEvent source, T node) where T : YamlNode
    {
        if (!source.Anchor.IsEmpty) _anchors[source.Anchor.Value] = node;
        return node;
    }

    private static int Line(ParsingEvent source) => (int)source.Start.Line;

    private static int Column(ParsingEvent source) => (int)source.Start.Column;
}
