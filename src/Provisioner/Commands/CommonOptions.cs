using System.CommandLine;

namespace Kronform.Provision.Commands;

/// <summary>Options that several commands understand the same way.</summary>
public static class CommonOptions
{
    public static readonly Option<string> File = new("--file", "-f")
    {
        Description = "The cluster's provision.yaml.",
        DefaultValueFactory = _ => "provision.yaml",
        Recursive = true,
    };

    public static readonly Option<string> Output = AcceptOnly(new Option<string>("--output", "-o")
    {
        Description = "text, or json: one event a line (docs/output.md).",
        DefaultValueFactory = _ => "text",
        Recursive = true,
    }, "text", "json");

    public static readonly Option<string?> State = new("--state")
    {
        Description = "Folder for journals and logs. Default: $XDG_STATE_HOME/kronform-provision/<cluster>.",
        Recursive = true,
    };

    public static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "Log what is observed and decided to standard error.",
        Recursive = true,
    };

    private static Option<string> AcceptOnly(Option<string> option, params string[] values)
    {
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
