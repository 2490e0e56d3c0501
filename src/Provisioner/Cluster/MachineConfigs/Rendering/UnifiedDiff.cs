using System.Globalization;
using System.Text;

namespace Kronform.Provision.Cluster.MachineConfigs.Rendering;

/// <summary>The difference of two texts in the form of <c>diff -u</c>, with three lines around each change.</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    /// <returns>Empty when the texts are equal.</returns>
    public static string Of(string before, string after, string beforeName, string afterName)
    {
        var edits = Edits(Lines(before), Lines(after));
        var changes = edits.Index().Where(e => e.Item.Kind != ' ').Select(e => e.Index).ToList();
        if (changes.Count == 0) return "";

        var text = new StringBuilder($"--- {beforeName}\n+++ {afterName}\n");
        for (int i = 0; i < changes.Count;)
        {
            int first = changes[i];
            while (i + 1 < changes.Count && changes[i + 1] - changes[i] <= 2 * Context) i++;
            Hunk(text, edits, Math.Max(0, first - Context), Math.Min(edits.Count, changes[i] + Context + 1));
            i++;
        }

        return text.ToString();
    }

    private static void Hunk(StringBuilder text, List<(char Kind, string Line)> edits, int from, int to)
    {
        var hunk = edits[from..to];
        text.Append(CultureInfo.InvariantCulture, $"@@ -{Range(edits, hunk, from, '+')} +{Range(edits, hunk, from, '-')} @@\n");
        foreach (var (kind, line) in hunk) text.Append(kind).Append(line).Append('\n');
    }

    /// <summary>First line and number of lines on the side that does not have lines of that kind; an empty range names the line before it.</summary>
    private static string Range(List<(char Kind, string Line)> edits, List<(char Kind, string Line)> hunk, int from, char without)
    {
        int before = edits.Take(from).Count(e => e.Kind != without);
        int count = hunk.Count(e => e.Kind != without);
        return string.Create(CultureInfo.InvariantCulture, $"{(count == 0 ? before : before + 1)},{count}");
    }

    /// <summary>Longest common subsequence of what lies between the common beginning and the common end.</summary>
    private static List<(char Kind, string Line)> Edits(string[] a, string[] b)
    {
        int head = 0;
        while (head < a.Length && head < b.Length && a[head] == b[head]) head++;
        int tail = 0;
        while (tail < a.Length - head && tail < b.Length - head && a[^(tail + 1)] == b[^(tail + 1)]) tail++;

        var edits = a[..head].Select(l => (' ', l)).ToList();
        Middle(a[head..^tail], b[head..^tail], edits);
        edits.AddRange(a[^tail..].Select(l => (' ', l)));
        return edits;
    }

    private static void Middle(string[] a, string[] b, List<(char Kind, string Line)> edits)
    {
        int[,] common = new int[a.Length + 1, b.Length + 1];
        for (int i = a.Length - 1; i >= 0; i--)
        {
            for (int j = b.Length - 1; j >= 0; j--)
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        int x = 0, y = 0;
        while (x < a.Length || y < b.Length)
        {
            if (x < a.Length && y < b.Length && a[x] == b[y]) (_, x, y) = (Add(edits, ' ', a[x]), x + 1, y + 1);
            else if (x < a.Length && (y == b.Length || common[x + 1, y] >= common[x, y + 1])) (_, x) = (Add(edits, '-', a[x]), x + 1);
            else (_, y) = (Add(edits, '+', b[y]), y + 1);
        }
    }

    private static bool Add(List<(char Kind, string Line)> edits, char kind, string line)
    {
        edits.Add((kind, line));
        return true;
    }

    private static string[] Lines(string text) => text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n');
}
