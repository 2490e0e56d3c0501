namespace Kronform.Provision.Talos.Contexts;

/// <summary>The lines of a YAML text, numbered from 1, and where the block of a key ends. New lines take the text's line ends.</summary>
internal sealed class YamlLines
{
    private readonly List<string> _lines;
    private readonly string _lineEnd;

    public YamlLines(string text)
    {
        _lineEnd = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        _lines = [.. text.Split('\n')];
        // What follows the last line end is no line.
        if (_lines[^1].Length == 0)
            _lines.RemoveAt(_lines.Count - 1);
        else
            _lines[^1] += _lineEnd == "\n" ? "" : "\r";
    }

    public int Count => _lines.Count;

    /// <summary>
    /// The last line of the value of the key at that line and column: everything deeper than the key belongs to it, and so does a
    /// list whose dashes stand right under the key. Comments and blank lines at its end belong to what follows.
    /// </summary>
    public int End(int line, int column)
    {
        var end = line;
        for (var n = line + 1; n <= _lines.Count; n++)
        {
            var text = _lines[n - 1].TrimEnd('\r', ' ');
            var content = text.TrimStart(' ');
            var indent = text.Length - content.Length;
            if (content.Length == 0 || (content[0] == '#' && indent < column))
                continue;
            if (indent < column && !(indent == column - 1 && (content == "-" || content.StartsWith("- ", StringComparison.Ordinal))))
                break;
            end = n;
        }

        return end;
    }

    public void Replace(int first, int last, IReadOnlyList<string> lines)
    {
        _lines.RemoveRange(first - 1, last - first + 1);
        InsertAfter(first - 1, lines);
    }

    public void InsertAfter(int line, IReadOnlyList<string> lines) =>
        _lines.InsertRange(line, lines.Select(l => _lineEnd == "\n" ? l : l + "\r"));

    public void Append(IReadOnlyList<string> lines) => InsertAfter(_lines.Count, lines);

    public override string ToString() => string.Concat(_lines.Select(l => l + "\n"));
}
