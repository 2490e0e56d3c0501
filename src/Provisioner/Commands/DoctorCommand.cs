using System.CommandLine;
using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;
using Spectre.Console;

namespace Kronform.Provision.Commands;

/// <summary><c>provision doctor</c>: every check on a line of its own, none hides the next. Changes nothing.</summary>
public static class DoctorCommand
{
    private static readonly Option<bool> Offline = new("--offline") { Description = "Do not ask the image's addresses." };

    public static Command Create()
    {
        var command = new Command("doctor", "Check the workstation, the files and the credentials; change nothing.") { Offline };
        command.SetAction(async (parsed, cancellation) =>
        {
            var doctor = new Doctor(parsed.GetValue(CommonOptions.File)!, parsed.GetValue(CommonOptions.State), TimeProvider.System, parsed.GetValue(Offline));
            bool json = parsed.GetValue(CommonOptions.Output) == "json";
            int exit = 0;
            await foreach (var finding in doctor.ExamineAsync(cancellation))
            {
                if (exit == 0 && finding.Failure is { } failure) exit = failure.Code.ExitCode;
                if (json) Console.WriteLine(finding.ToJson());
                else Print(finding);
            }

            return exit;
        });
        return command;
    }

    private static void Print(DoctorFinding finding)
    {
        string mark = finding.Failure is not null ? "[red]fail[/]" : finding.Warning is not null ? "[yellow]warn[/]" : "[green]ok[/]  ";
        string text = finding.Failure?.Message ?? finding.Warning ?? finding.Detail;
        Terminal.Console.MarkupLine($"{mark}  {Markup.Escape(finding.Check)}: {Markup.Escape(text)}");
        if (finding.Failure is not { } failure) return;
        foreach (string cause in ErrorChain.Causes(failure)) Terminal.Console.MarkupLine($"        [grey]because:[/] {Markup.Escape(cause)}");
        if (failure.Remedy is { } remedy) Terminal.Console.MarkupLine($"        [yellow]remedy:[/] {Markup.Escape(remedy)}");
        Terminal.Console.MarkupLine($"        [grey]runbook.md: {failure.Code.Name}[/]");
    }
}
