using System.Globalization;
using System.Text.RegularExpressions;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>Reads <c>lsblk -P -b</c>: one device a line as <c>COLUMN="value"</c> pairs. Empty lines and lines that begin with # are skipped.</summary>
internal static partial class LsblkPairs
{
    public static bool Looks(string text) => Lines(text).Any(l => Whole().IsMatch(l.Text));

    /// <exception cref="FormatException">With the line that is not pairs, or has no size in bytes.</exception>
    public static DiskInventory Read(string text)
    {
        var rows = new List<LsblkRow>();
        foreach (var (line, number) in Lines(text))
        {
            if (!Whole().IsMatch(line)) throw new FormatException($"line {number}: \"{Shortened(line)}\" is not COLUMN=\"value\" pairs; save the whole output of lsblk -J -b -O");
            rows.Add(LsblkRow.FromPairs(Pair().Matches(line).Select(m => (m.Groups["column"].Value, Unescape(m.Groups["value"].Value))), number));
        }

        return LsblkDisks.Of(rows, "lsblk's pairs", isList: true);
    }

    internal static IEnumerable<(string Text, int Number)> Lines(string text) =>
        text.Split('\n').Select((l, i) => (Text: l.TrimEnd('\r', ' '), Number: i + 1)).Where(l => l.Text.Length > 0 && l.Text[0] != '#');

    internal static string Shortened(string line) => line.Length > 60 ? line[..60] + "…" : line;

    /// <summary>lsblk writes what could be taken for syntax as \xHH.</summary>
    private static string Unescape(string value) =>
        Escape().Replace(value, m => ((char)byte.Parse(m.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());

    [GeneratedRegex("""^(?:[A-Z][A-Z0-9:%_-]*="[^"]*"\s*)+$""")]
    private static partial Regex Whole();

    [GeneratedRegex("(?<column>[A-Z][A-Z0-9:%_-]*)=\"(?<value>[^\"]*)\"")]
    private static partial Regex Pair();

    [GeneratedRegex(@"\\x([0-9a-fA-F]{2})")]
    private static partial Regex Escape();
}
