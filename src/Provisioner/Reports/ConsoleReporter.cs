using System.Globalization;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Runs;
using Spectre.Console;

namespace Kronform.Provision.Reports;

/// <summary>
/// For people. Phases and facts become lasting lines; on a terminal what is being waited for lives in one line below them that
/// is written over. Without a terminal that line is left out, but for a long wait being announced once.
/// </summary>
public sealed class ConsoleReporter(IAnsiConsole console, TimeProvider time, bool showTimings) : IRunReporter
{
    private readonly Lock _gate = new();
    private readonly long _started = time.GetTimestamp();
    private readonly SortedDictionary<string, string> _status = new(StringComparer.Ordinal);
    private bool _statusShown;

    public void PhaseStarted(string node, RunPhase phase, string text) =>
        Line(node, $"[bold]{phase.ToString().ToLowerInvariant(),-12}[/]{Markup.Escape(text)}");

    public void Note(string node, string text) => Line(node, $"{"",-12}[grey]{Markup.Escape(text)}[/]");

    public void Status(string node, string text, long? done, long? total)
    {
        string progress = (done, total) switch
        {
            ({ } d, > 0) => $" {100.0 * d / total.Value,3:0} %, {MiB(d)} of {MiB(total.Value)} MiB",
            ({ } d, _) => $" {MiB(d)} MiB",
            _ => "",
        };
        lock (_gate)
        {
            string line = text + progress;
            bool announced = _status.TryGetValue(node, out string? before) && before.StartsWith(text, StringComparison.Ordinal);
            _status[node] = line;
            if (IsTerminal) ShowStatus();
            else if (!announced) console.MarkupLine($"[grey]{Clock()}[/] {Markup.Escape(node),-4} {"",-12}[grey]{Markup.Escape(text)}[/]");
        }
    }

    public void Disks(string node, DiskReport report)
    {
        lock (_gate)
        {
            HideStatus();
            // The terminal may wrap lines, where they can still be searched and copied whole; Spectre would cut them.
            int width = console.Profile.Width;
            console.Profile.Width = Terminal.Unwrapped;
            foreach (string line in DiskReportMarkup.Render(report)) console.MarkupLine(line);
            console.Profile.Width = width;
        }
    }

    public void Finished(NodeResult result)
    {
        lock (_gate)
        {
            HideStatus();
            _status.Remove(result.Node);
            if (result.Failure is { } failure)
            {
                console.MarkupLine($"[red bold]{Markup.Escape(result.Node)}: {failure.Code.Name}[/] {Markup.Escape(failure.Message)}");
                foreach (string cause in ErrorChain.Causes(failure)) console.MarkupLine($"    [grey]because:[/] {Markup.Escape(cause)}");
                if (failure.Remedy is { } remedy) console.MarkupLine($"    [yellow]remedy:[/]  {Markup.Escape(remedy)}");
                console.MarkupLine($"    [grey]{(result.Changed ? "The server was changed by this run; running the same command again goes on from here." : "Nothing was changed.")} runbook.md: {failure.Code.Name}[/]");
            }
            else console.MarkupLine($"[green bold]{Markup.Escape(result.Node)}[/] {Markup.Escape(result.Summary)}");

            if (showTimings) Timings(result);
        }
    }

    private void Timings(NodeResult result)
    {
        foreach (var phase in result.Phases) console.MarkupLine($"    {phase.Phase.ToString().ToLowerInvariant(),-12}{Seconds(phase.Elapsed),8} s");
        if (result.Phases.Count > 0)
            console.MarkupLine($"    {"total",-12}{Seconds(result.Time?.Total ?? TimeSpan.FromTicks(result.Phases.Sum(p => p.Elapsed.Ticks))),8} s");
        if (result.Time is not { } time) return;
        console.MarkupLine($"    {"own",-12}{Seconds(time.Own),8} s   (processor {Seconds(Environment.CpuUsage.TotalTime)} s)");
        if (time.Waiting.Count > 0)
            console.MarkupLine($"    waiting for: {string.Join(", ", time.Waiting.Select(w => $"{w.Side.ToString().ToLowerInvariant()} {Seconds(w.Elapsed)} s"))}");
    }

    private bool IsTerminal => console.Profile.Capabilities.Ansi && console.Profile.Out.IsTerminal;

    private void Line(string node, string markup)
    {
        lock (_gate)
        {
            HideStatus();
            _status.Remove(node);
            console.MarkupLine($"[grey]{Clock()}[/] {Markup.Escape(node),-4} {markup}");
        }
    }

    private void ShowStatus()
    {
        string all = string.Join("   ", _status.Select(s => $"{s.Key}: {s.Value}"));
        int width = Math.Max(20, console.Profile.Width - 2);
        console.Profile.Out.Writer.Write("\r\u001b[2K" + (all.Length > width ? all[..width] : all));
        console.Profile.Out.Writer.Flush();
        _statusShown = true;
    }

    private void HideStatus()
    {
        if (!_statusShown) return;
        console.Profile.Out.Writer.Write("\r\u001b[2K");
        _statusShown = false;
    }

    private string Clock() => time.GetElapsedTime(_started).ToString(@"mm\:ss\.f", CultureInfo.InvariantCulture);

    private static string MiB(long bytes) => (bytes / 1048576.0).ToString("0", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan t) => t.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
}
