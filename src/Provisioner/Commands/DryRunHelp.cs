using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Commands;

/// <summary>The usual help of the command, followed by what a dry run's exit code means.</summary>
internal sealed class DryRunHelp(HelpAction usual, Command command) : SynchronousCommandLineAction
{
    /// <summary>Puts it in place of the command's help; subcommands keep theirs.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new DryRunHelp((HelpAction)help.Action!, root);
    }

    public override int Invoke(ParseResult parseResult)
    {
        int status = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command != command) return status;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Exit codes of --dry-run:");
        foreach (string line in DryRunExit.Lines) output.WriteLine(line);
        output.WriteLine();
        return status;
    }
}
