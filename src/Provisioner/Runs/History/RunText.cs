using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kronform.Provision.Runs.History;

/// <summary>Runs as lines for people and as JSON for programs (docs/output.md). Never shows a boot nonce.</summary>
public static class RunText
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public static IEnumerable<string> Lines(IReadOnlyList<RunSummary> runs)
    {
        string[][] rows = [["NODE", "RUN", "STATE", "LAST SEEN", "ATTEMPTS", "RESETS", "LAST"], .. runs.Select(Row)];
        int[] widths = [.. Enumerable.Range(0, 6).Select(column => rows.Max(r => r[column].Length))];
        return rows.Select(r => string.Join("  ", r.Take(6).Select((cell, i) => cell.PadRight(widths[i]))) + "  " + r[6]);
    }

    public static string ToJson(RunSummary run) => JsonSerializer.Serialize(new
    {
        Event = "run", run.Node, Run = run.Id, run.StartedAt, run.LastAt, run.State, run.Code, run.Attempts, run.Resets, run.Last,
    }, Json);

    /// <summary>The run's head, then each entry with its time (UTC) and the seconds since the one before.</summary>
    public static IEnumerable<string> Lines(JournalledRun run)
    {
        yield return $"{run.Summary.Node}  run {run.Summary.Id}  {StateOf(run.Summary)}";
        yield return run.Path;
        var before = run.Entries[0].At;
        foreach (var entry in run.Entries)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Time(entry.At)}  {(entry.At - before).TotalSeconds,8:+0.0;-0.0;0.0}  {EntryText.Of(entry)}");
            before = entry.At;
        }
    }

    public static IEnumerable<string> ToJson(JournalledRun run) =>
        run.Entries.Select(e => JsonSerializer.Serialize(new { Event = "run-entry", run.Summary.Node, Run = run.Summary.Id, e.At, Text = EntryText.Of(e) }, Json));

    private static string[] Row(RunSummary r) =>
        [r.Node, r.Id, StateOf(r), Time(r.LastAt), r.Attempts.ToString(CultureInfo.InvariantCulture), r.Resets.ToString(CultureInfo.InvariantCulture), r.Last];

    private static string StateOf(RunSummary run) => run.Code ?? JsonNamingPolicy.KebabCaseLower.ConvertName(run.State.ToString());

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
