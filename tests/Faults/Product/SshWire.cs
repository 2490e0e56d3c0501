using System.Text.Json;

namespace Kronform.Provision.Faults.Product;

/// <summary>
/// Between the product's SSH client and the world's: one unix connection each for opening a session and for a command. A line of
/// JSON asks. Behind a command's line its standard input follows in frames of a length (four bytes) and content; length 0 is the end of
/// file, and -1 says that the command is to be killed. Lines of JSON answer.
/// </summary>
internal sealed record SshAsk
{
    /// <summary>Of an opened session; null asks for one.</summary>
    public string? Session { get; init; }

    public string? Address { get; init; }

    public IReadOnlyList<string> Fingerprints { get; init; } = [];

    /// <summary>The public key's line.</summary>
    public string? Key { get; init; }

    public string? Command { get; init; }

    public bool HasInput { get; init; }
}

internal sealed record SshTell
{
    /// <summary>Opened.</summary>
    public string? Session { get; init; }

    /// <summary>A line of standard output.</summary>
    public string? Line { get; init; }

    /// <summary>The command ended.</summary>
    public bool Ended { get; init; }

    public int? ExitStatus { get; init; }

    public string? Signal { get; init; }

    public string Error { get; init; } = "";

    /// <summary>Name of an <c>SshFailure</c>.</summary>
    public string? Failure { get; init; }

    public string? Presented { get; init; }
}

internal static class SshWire
{
    public const int EndOfFile = 0;
    public const int Kill = -1;

    public static string Line<T>(T message) => JsonSerializer.Serialize(message);

    public static T Parse<T>(string line) => JsonSerializer.Deserialize<T>(line)!;
}
