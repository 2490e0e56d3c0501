using System.Security.Cryptography;

namespace Kronform.Provision.Ssh;

/// <summary>
/// A directory of our user alone, for a control socket and its logs. Its path is fresh, so that no stale socket of an earlier
/// connection can ever be taken for ours, and short: a socket address holds 108 bytes, and ssh appends 17 while it binds.
/// </summary>
internal sealed class PrivateDirectory : IDisposable
{
    private const int LongestParent = 60;

    private PrivateDirectory(string path) => Path = path;

    public string Path { get; }

    public static PrivateDirectory Create()
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Sharing a connection between commands needs a Unix system.");

        var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        var usable = runtime is { Length: > 0 and <= LongestParent } && !runtime.Contains('%') && Directory.Exists(runtime);

        // The name cannot be guessed, so nobody can have made it before us with other permissions.
        var path = System.IO.Path.Combine(usable ? runtime! : "/tmp", "kf-" + RandomNumberGenerator.GetHexString(20, lowercase: true));
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new PrivateDirectory(path);
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // Gone already (the watchdog removes it too), or a dying ssh just wrote into it; the watchdog has the last word.
        }
        catch (UnauthorizedAccessException)
        {
        }
    }
}
