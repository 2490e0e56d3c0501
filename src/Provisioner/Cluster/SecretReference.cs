using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster;

/// <summary>Where a secret is: exactly one of an environment variable and a file.</summary>
/// <param name="Purpose">What it is for, as messages say it: "the Robot password".</param>
/// <param name="EnvironmentVariable">Name of the variable.</param>
/// <param name="File">Path; the file's text without the line end is the secret.</param>
public sealed record SecretReference(string Purpose, string? EnvironmentVariable, string? File)
{
    private const UnixFileMode Foreign =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Reads the secret now; nothing keeps it.</summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.CredentialsMissing"/>, naming the variable or file.</exception>
    public Secret Resolve()
    {
        var value = File is null ? FromEnvironment() : FromFile(File);
        return new Secret(value);
    }

    /// <summary>A sentence when others on this machine can read or replace the file; else null.</summary>
    public string? FindExposure()
    {
        if (File is null || OperatingSystem.IsWindows() || !System.IO.File.Exists(File)) return null;
        return (System.IO.File.GetUnixFileMode(File) & Foreign) == 0
            ? null
            : $"{File} holds {Purpose} and is open to other users; run chmod 600 {File}";
    }

    public override string ToString() => File is null ? $"environment variable {EnvironmentVariable}" : $"file {File}";

    private string FromEnvironment()
    {
        var value = Environment.GetEnvironmentVariable(EnvironmentVariable!);
        return string.IsNullOrWhiteSpace(value)
            ? throw Missing($"environment variable {EnvironmentVariable} is not set", $"Set {EnvironmentVariable} and run again.")
            : value;
    }

    private string FromFile(string file)
    {
        string text;
        try
        {
            text = System.IO.File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Missing($"file {file} cannot be read", $"Write it to {file}, readable by you alone.", error);
        }

        return text.Trim().Length == 0
            ? throw Missing($"file {file} is empty", $"Write it to {file}, readable by you alone.")
            : text;
    }

    private ProvisionException Missing(string what, string remedy, Exception? cause = null) =>
        new(FailureCode.CredentialsMissing, $"Reading {Purpose}: {what}; nothing was touched", remedy, cause);
}
