using System.Globalization;
using System.Text.RegularExpressions;
using Kronform.Provision.Cluster.MachineConfigs.Rendering;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.Rendering;

public sealed partial class UnifiedDiffTests
{
    [Fact]
    public void Equal_texts_have_no_difference() => Assert.Equal("", UnifiedDiff.Of("a\nb\n", "a\nb\n", "x", "y"));

    [Fact]
    public void Changes_stand_in_hunks_with_three_lines_around() =>
        Assert.Equal("--- x\n+++ y\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n@@ -18,3 +18,4 @@\n 18\n 19\n 20\n+21\n",
            UnifiedDiff.Of(Text([.. Numbers(20)]), Text([.. Numbers(4), "five", .. Numbers(20).Skip(5), "21"]), "x", "y"));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_hunks_turn_one_text_into_the_other(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 50; round++)
        {
            string[] before = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => "line " + random.Next(12))];
            string[] after = [.. before.SelectMany(l => random.Next(8) switch { 0 => Array.Empty<string>(), 1 => [l, "new " + random.Next(5)], _ => new[] { l } }), "end"];
            Assert.Equal(after, Apply(before, UnifiedDiff.Of(Text(before), Text(after), "a", "b")));
        }
    }

    private static IEnumerable<string> Numbers(int count) => Enumerable.Range(1, count).Select(n => n.ToString(CultureInfo.InvariantCulture));

    private static string Text(string[] lines) => string.Join('\n', lines) + "\n";

    /// <summary>Applies hunks as patch does: where they say, and only if the lines there are those they were made for.</summary>
    private static List<string> Apply(string[] before, string diff)
    {
        var result = new List<string>();
        int at = 0, left = 0, right = 0;
        foreach (string line in diff.TrimEnd('\n').Split('\n').Skip(2))
        {
            if (Header().Match(line) is { Success: true } header)
            {
                Assert.Equal((0, 0), (left, right));
                int[] numbers = [.. header.Groups.Values.Skip(1).Select(g => int.Parse(g.Value, CultureInfo.InvariantCulture))];
                int start = numbers[1] == 0 ? numbers[0] : numbers[0] - 1;
                result.AddRange(before[at..start]);
                Assert.Equal(numbers[3] == 0 ? numbers[2] : numbers[2] - 1, result.Count);
                (at, left, right) = (start, numbers[1], numbers[3]);
                continue;
            }

            if (line[0] != '+') (_, left) = (before[at++] == line[1..] ? 0 : throw new InvalidOperationException($"{line} is not line {at}"), left - 1);
            if (line[0] == '-') continue;
            result.Add(line[1..]);
            right--;
        }

        Assert.Equal((0, 0), (left, right));
        return [.. result, .. before[at..]];
    }

    [GeneratedRegex(@"^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$")]
    private static partial Regex Header();
}
