using Spectre.Console;

namespace Kronform.Provision.Disks.Reports;

/// <summary>The report for a terminal: the plain text's lines, coloured by what they mean.</summary>
internal static class DiskReportMarkup
{
    /// <returns>One line of Spectre's markup for each line of the text.</returns>
    public static IReadOnlyList<string> Render(DiskReport report) =>
        [.. DiskReportText.Lines(report).Select(line => string.Concat(line.Spans.Select(Coloured)))];

    private static string Coloured(ReportSpan span)
    {
        string text = Markup.Escape(span.Text);
        return span.Tone switch
        {
            Tone.Heading => $"[bold]{text}[/]",
            Tone.Selected => $"[green]{text}[/]",
            Tone.Stop => $"[red]{text}[/]",
            Tone.Notice => $"[yellow]{text}[/]",
            Tone.Dim => $"[grey]{text}[/]",
            _ => text,
        };
    }
}
