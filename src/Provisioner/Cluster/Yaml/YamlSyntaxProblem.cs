using YamlDotNet.Core;

namespace Kronform.Provision.Cluster.Yaml;

/// <summary>Says in an operator's words what a YAML parser says in its own.</summary>
internal static class YamlSyntaxProblem
{
    public static void Report(string text, YamlException error, ProblemList problems)
    {
        var lines = text.Split('\n');
        var line = Math.Clamp((int)error.Start.Line, 1, lines.Length);

        // The parser complains about what the tab broke, which may begin far above it; the tab itself is what has to go. A tab
        // elsewhere may be the rightful content of a text block.
        var suspected = error.Message.Contains("tab", StringComparison.Ordinal) || Near(lines, line) || Near(lines, (int)error.End.Line);
        var tabs = suspected ? Enumerable.Range(1, lines.Length).Where(n => IndentedByTab(lines[n - 1])).ToList() : [];
        if (tabs.Count > 0)
        {
            foreach (var n in tabs)
                problems.Add(n, lines[n - 1].IndexOf('\t') + 1, "", "the line is indented with a tab, which YAML forbids", "indent with spaces");
            return;
        }

        problems.Add(line, Math.Max(1, (int)error.Start.Column), "", $"not valid YAML: {Reason(error)}", Remedy(lines, line));
    }

    private static bool Near(string[] lines, int line) =>
        Enumerable.Range(line - 1, 3).Any(n => n >= 1 && n <= lines.Length && IndentedByTab(lines[n - 1]));

    private static bool IndentedByTab(string line) => line[..(line.Length - line.TrimStart().Length)].Contains('\t');

    /// <summary>The parser's reasons are fixed sentences that quote nothing from the file.</summary>
    private static string Reason(YamlException error) => error.Message.TrimEnd('.', ' ');

    private static string Remedy(string[] lines, int line)
    {
        for (var n = line; n >= Math.Max(1, line - 1); n--)
        {
            var value = lines[n - 1][(lines[n - 1].IndexOf(':', StringComparison.Ordinal) + 1)..].TrimStart();
            if (value.StartsWith('>') && value.TrimStart('>', '=', ' ').Length > 0)
                return "put a value that begins with > into quotes";
        }

        return "check indentation, quotes and colons there";
    }
}
