namespace Kronform.Provision.Disks.Reports;

/// <summary>What a piece of a report means, which a terminal shows as colour.</summary>
internal enum Tone
{
    Plain,
    Heading,

    /// <summary>The disk that would be written to.</summary>
    Selected,

    /// <summary>Refused, a threat, or why nothing would be written.</summary>
    Stop,

    /// <summary>Worth knowing; stops nothing.</summary>
    Notice,

    Dim,
}

internal readonly record struct ReportSpan(string Text, Tone Tone);

/// <summary>One line of a report: pieces whose texts together are the plain form.</summary>
internal sealed record ReportLine(IReadOnlyList<ReportSpan> Spans)
{
    public string Text => string.Concat(Spans.Select(s => s.Text));
}
