using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Reports;

/// <summary>One JSON object a line on standard output; docs/output.md describes each. New members may be added, none changes its meaning.</summary>
public sealed class JsonReporter(TextWriter output, TimeProvider time) : IRunReporter
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>Between two words of progress: a transfer of seconds would be hundreds of lines.</summary>
    private static readonly TimeSpan ProgressPace = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string Text, long? Done, long? Total, long At)> _status = [];

    public void PhaseStarted(string node, RunPhase phase, string text) => Write(new { Event = "phase", At = Now, node, phase, text });

    public void Note(string node, string text) => Write(new { Event = "note", At = Now, node, text });

    /// <summary>Only what is new: a run that waits says the same with every look. Of progress its begin, its end, and some of what is between.</summary>
    public void Status(string node, string text, long? done, long? total)
    {
        lock (_gate)
        {
            if (_status.TryGetValue(node, out var told) && told.Text == text)
            {
                if (told.Done == done && told.Total == total) return;
                if (done != total && time.GetElapsedTime(told.At) < ProgressPace) return;
            }

            _status[node] = (text, done, total, time.GetTimestamp());
            Write(new { Event = "status", At = Now, node, text, done, total });
        }
    }

    public void Disks(string node, DiskReport report)
    {
        // The report has a contract of its own, whose names are not those of the events.
        using var data = JsonDocument.Parse(report.ToJson());
        Write(new { Event = "disks", At = Now, node, report = data.RootElement });
    }

    public void Finished(NodeResult result) => Write(new
    {
        Event = "result",
        At = Now,
        result.Node,
        Outcome = result.Failure is not null ? "failed" : result.Changed ? "changed" : "unchanged",
        result.Summary,
        result.ExitCode,
        Code = result.Failure?.Code.Name,
        Message = result.Failure?.Message,
        Remedy = result.Failure?.Remedy,
        Causes = result.Failure is { } failure ? ErrorChain.Causes(failure) : null,
        Phases = result.Phases.Select(p => new { p.Phase, Seconds = Seconds(p.Elapsed) }),
        Time = result.Time is { } time ? new
        {
            TotalSeconds = Seconds(time.Total),
            OwnSeconds = Seconds(time.Own),
            ProcessorSeconds = Seconds(Environment.CpuUsage.TotalTime),
            Waiting = time.Waiting.Select(w => new { For = w.Side, Seconds = Seconds(w.Elapsed) }),
        } : null,
    });

    private static double Seconds(TimeSpan t) => Math.Round(t.TotalSeconds, 3);

    private DateTimeOffset Now => time.GetUtcNow();

    private void Write<T>(T line)
    {
        lock (_gate)
        {
            output.WriteLine(JsonSerializer.Serialize(line, Json));
            output.Flush();
        }
    }
}
