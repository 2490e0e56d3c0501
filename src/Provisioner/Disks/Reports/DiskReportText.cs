using Kronform.Provision.Disks.Inventories;

namespace Kronform.Provision.Disks.Reports;

/// <summary>The report as text; golden files hold it to the character. Lines end with a line feed.</summary>
public static class DiskReportText
{
    private const string Indent = "    ";
    private const string Deep = Indent + "         ";

    public static string Render(DiskReport report) => string.Concat(Lines(report).Select(l => l.Text + "\n"));

    internal static IReadOnlyList<ReportLine> Lines(DiskReport report)
    {
        var text = new Lining();
        text.Add(Tone.Heading, $"Disk report for {report.Node}");
        Origin(text, report);
        text.Add($"  conditions of {report.Source}, by the rules of Talos {report.TalosVersion}:");
        foreach (var condition in report.Conditions) text.Add(Indent + condition);
        if (report.Expression is not null) text.Add(Tone.Dim, $"  which Talos evaluates as: {report.Expression}");
        text.Add("");
        Table(text, report.Disks);
        foreach (var disk in report.Disks) Details(text, disk);
        var placed = report.Volumes.Where(v => !v.Doubtful).ToList();
        foreach (var volume in placed) text.Add(Tone.Dim, $"Volume: {volume.Sentence}.");
        if (placed.Count > 0) text.Add("");
        foreach (var warning in report.Warnings) text.Add(Tone.Notice, $"Warning: {warning}.");
        if (report.Warnings.Count > 0) text.Add("");
        Outcome(text, report);
        return text.Lines;
    }

    private static void Origin(Lining text, DiskReport report)
    {
        text.Add($"  found {report.State.Evidence}");
        foreach (var guess in report.State.Guesses) text.Add(Tone.Notice, $"  unsure: {guess}");
        if (report.Machine is not { } machine) return;
        text.Add(Tone.Dim, $"  firmware: {machine.Firmware.ToUpperInvariant()}{(machine.BootOrder is { Count: > 0 } order ? $", which tries {string.Join(", then ", order)}" : "")}");
    }

    private static void Table(Lining text, IReadOnlyList<ReportedDisk> disks)
    {
        string[] head = ["", "DISK", "SIZE", "MEDIUM", "MODEL", "SERIAL", "WWN"];
        List<string[]> rows = [head, .. disks.Select(d => new[]
        {
            d.Verdict == VerdictKind.Selected ? "*" : "", d.Name, ByteCount.Text(d.SizeBytes), d.Medium, d.Model ?? "-", d.Serial ?? "-", d.Wwn ?? "-",
        })];
        var widths = Enumerable.Range(0, head.Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        for (int row = 0; row < rows.Count; row++)
            text.Add(row == 0 ? Tone.Dim : ToneOf(disks[row - 1].Verdict), string.Join("  ", rows[row].Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd());
        text.Add("");
    }

    private static void Details(Lining text, ReportedDisk disk)
    {
        text.Add(Tone.Heading, $"{disk.Name} ({(disk.Serial is not null ? $"serial {disk.Serial}" : disk.Wwn is not null ? $"wwn {disk.Wwn}" : "no identity")})");
        text.Add(Indent + "verdict: ", ToneOf(disk.Verdict), disk.Sentence);
        text.Add(Indent + "on it:   ", Tone.Dim, disk.Contents.Count == 0 ? "nothing was found" : string.Join($"\n{Deep}", disk.Contents));
        if (disk.Health is { } health) text.Add(Indent + "health:  ", health == "passed" ? Tone.Dim : Tone.Stop, health);
        // A refused disk's sentence names its findings already.
        if (disk.Verdict is VerdictKind.NotMatched or VerdictKind.Ambiguous && disk.Findings.Count > 0)
            text.Add(Indent + "guards:  ", Tone.Dim, string.Join($"\n{Deep}", disk.Findings));
        foreach (var threat in disk.Threats)
            text.Add(Indent + (threat.Stops ? "threat:  " : "notice:  "), threat.Stops ? Tone.Stop : Tone.Notice, $"{threat}\n{Deep}{threat.Remedy}");
        text.Add("");
    }

    private static void Outcome(Lining text, DiskReport report)
    {
        if (report.Write is { } write)
        {
            text.Add(report.Problem is null ? Tone.Selected : Tone.Plain, $"{(report.Problem is null ? "Would write" : "Would write, if nothing stopped it")}: {(report.ImageSha256 is { } sha256 ? $"image {sha256[..12]}" : "the image, whose digest is not known here,")}{(report.ImageBytes is { } bytes ? $" ({ByteCount.Text(bytes)})" : "")} to {write.Name} ({write.Identity}, {write.SizeBytes} bytes)");
            text.Add($"Would be lost: {(write.Lost.Count == 0 ? "nothing was found on it" : string.Join("; ", write.Lost))}{(report.State.Contents == InventoryContents.Partial ? "; and whatever was not shown, see what is unsure above" : "")}");
        }

        if (report.Problem is { } problem)
        {
            text.Add(Tone.Stop, $"Stopped ({problem.Code}): {problem.Message}");
            text.Add(Tone.Notice, problem.Remedy);
            if (report.Write is null) text.Add("Nothing would be written.");
        }

        if (report.PlanHash is not null) text.Add(Tone.Heading, $"Plan: {report.PlanHash}");
        else if (report.Write is not null) text.Add("No plan hash: only the agent, in the rescue system, sees enough of the disks for one.");
    }

    private static Tone ToneOf(VerdictKind verdict) => verdict switch
    {
        VerdictKind.Selected => Tone.Selected,
        VerdictKind.Refused or VerdictKind.Ambiguous => Tone.Stop,
        _ => Tone.Dim,
    };

    /// <summary>Collects lines; a text of several becomes several, all in its tone.</summary>
    private sealed class Lining
    {
        public List<ReportLine> Lines { get; } = [];

        public void Add(string text) => Add(Tone.Plain, text);

        public void Add(Tone tone, string text) => Add("", tone, text);

        public void Add(string label, Tone tone, string text)
        {
            var pieces = text.Split('\n');
            Lines.Add(new ReportLine(label.Length == 0 ? [new ReportSpan(pieces[0], tone)] : [new ReportSpan(label, Tone.Plain), new ReportSpan(pieces[0], tone)]));
            Lines.AddRange(pieces.Skip(1).Select(p => new ReportLine([new ReportSpan(p, tone)])));
        }
    }
}
