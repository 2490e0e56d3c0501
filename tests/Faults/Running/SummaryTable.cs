using System.Globalization;
using System.Text;

namespace Kronform.Provision.Faults.Running;

/// <summary>Scenario, predicted, outcome, resets, seconds.</summary>
internal static class SummaryTable
{
    public static string Line(Verdict v) => string.Create(CultureInfo.InvariantCulture,
        $"{(v.AsPredicted ? "ok  " : "FAIL")} {v.Name,-44} {v.Predicted,-44} {string.Join(", ", v.Outcomes),-44} {v.Resets,2} {v.Seconds,6:0.0}{string.Concat(v.Differences.Select(d => "\n       " + d))}");

    public static string Of(IReadOnlyList<Verdict> verdicts)
    {
        var text = new StringBuilder("\n");
        text.AppendLine(CultureInfo.InvariantCulture, $"     {"scenario",-44} {"predicted",-44} {"outcome",-44} {"resets",6} {"s",4}");
        foreach (var v in verdicts) text.AppendLine(Line(v));
        text.Append(CultureInfo.InvariantCulture, $"{verdicts.Count(v => v.AsPredicted)} as predicted, {verdicts.Count(v => !v.AsPredicted)} not; {verdicts.Sum(v => v.Resets)} resets, {verdicts.Sum(v => v.Seconds):0} s in all");
        return text.ToString();
    }
}
