using Spectre.Console;

namespace Kronform.Provision.Reports;

/// <summary>Standard output for people: in colour and cut to the window on a terminal, plain and never wrapped elsewhere.</summary>
public static class Terminal
{
    /// <summary>A width that no line reaches.</summary>
    internal const int Unwrapped = 100_000;

    public static IAnsiConsole Console { get; } = Create();

    private static IAnsiConsole Create()
    {
        if (!System.Console.IsOutputRedirected) return AnsiConsole.Console;
        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        // Spectre takes 80 columns where there is no window, and would break lines that others want to search.
        plain.Profile.Width = Unwrapped;
        return plain;
    }
}
