using System.Text;

namespace Kronform.Provision.Disks.Reports;

/// <summary>The report as plain text; golden files hold it to the character. Lines end with a line feed.</summary>
public static class DiskReportText
{
    private const string Indent = "    ";

    public static string Render(DiskReport report)
    {
        var text = new StringBuilder();
        Line(text, $"Disk report for {report.Node}");
        Line(text, $"  conditions of {report.Source}, by the rules of Talos {report.TalosVersion}:");
        foreach (var condition in report.Conditions) Line(text, Indent + condition);
        if (report.Expression is not null) Line(text, $"  which Talos evaluates as: {report.Expression}");
        Line(text);
        Table(text, report.Disks);
        foreach (var disk in report.Disks) Details(text, disk);
        foreach (var warning in report.Warnings) Line(text, $"Warning: {warning}.");
        if (report.Warnings.Count > 0) Line(text);
        Outcome(text, report);
        return text.ToString();
    }

    private static void Table(StringBuilder text, IReadOnlyList<ReportedDisk> disks)
    {
        string[] head = ["", "DISK", "SIZE", "MEDIUM", "MODEL", "SERIAL", "WWN"];
        List<string[]> rows = [head, .. disks.Select(d => new[]
        {
            d.Verdict == VerdictKind.Selected ? "*" : "", d.Name, ByteCount.Text(d.SizeBytes), d.Medium, d.Model ?? "-", d.Serial ?? "-", d.Wwn ?? "-",
        })];
        var widths = Enumerable.Range(0, head.Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        foreach (var row in rows)
            Line(text, string.Join("  ", row.Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd());
        Line(text);
    }

    private static void Details(StringBuilder text, ReportedDisk disk)
    {
        Line(text, $"{disk.Name} ({(disk.Serial is not null ? $"serial {disk.Serial}" : disk.Wwn is not null ? $"wwn {disk.Wwn}" : "no identity")})");
        Line(text, $"{Indent}verdict: {disk.Sentence}");
        Line(text, $"{Indent}on it:   {(disk.Contents.Count == 0 ? "nothing was found" : string.Join($"\n{Indent}         ", disk.Contents))}");
        // A refused disk's sentence names its findings already.
        if (disk.Verdict is VerdictKind.NotMatched or VerdictKind.Ambiguous && disk.Findings.Count > 0)
            Line(text, $"{Indent}guards:  {string.Join($"\n{Indent}         ", disk.Findings)}");
        foreach (var threat in disk.Threats)
            Line(text, $"{Indent}{(threat.Stops ? "threat: " : "notice: ")} {threat}\n{Indent}         {threat.Remedy}");
        Line(text);
    }

    private static void Outcome(StringBuilder text, DiskReport report)
    {
        if (report.Write is { } write)
        {
            Line(text, $"{(report.Problem is null ? "Would write" : "Would write, if nothing stopped it")}: image {report.ImageSha256[..12]}{(report.ImageBytes is { } bytes ? $" ({ByteCount.Text(bytes)})" : "")} to {write.Name} ({write.Identity}, {write.SizeBytes} bytes)");
            Line(text, $"Would be lost: {(write.Lost.Count == 0 ? "nothing was found on it" : string.Join("; ", write.Lost))}");
        }

        if (report.Problem is { } problem)
        {
            Line(text, $"Stopped ({problem.Code}): {problem.Message}");
            Line(text, problem.Remedy);
            if (report.Write is null) Line(text, "Nothing would be written.");
        }

        if (report.PlanHash is not null) Line(text, $"Plan: {report.PlanHash}");
    }

    private static void Line(StringBuilder text, string line = "") => text.Append(line).Append('\n');
}
