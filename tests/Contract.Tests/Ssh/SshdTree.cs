using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Kronform.Provision.Contract.Tests.Ssh;

/// <summary>
/// A Debian tree with the sshd of a rescue system, never the host's own. KRONFORM_SSHD_TREE names a ready one; else it is built
/// once from ordinary packages (about 30 s) and cached.
/// </summary>
internal static class SshdTree
{
    private const string Suite = "bookworm";
    private const string Packages = "openssh-server";

    private static readonly Lazy<Task<string>> s_path = new(FindOrBuildAsync);

    public static Task<string> PathAsync() => s_path.Value;

    private static async Task<string> FindOrBuildAsync()
    {
        if (Environment.GetEnvironmentVariable("KRONFORM_SSHD_TREE") is { Length: > 0 } given)
            return given;

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var folder = Directory.CreateDirectory(Path.Combine(cache, "kronform-rack")).FullName;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Suite} minbase {Packages}")))[..12];
        var tree = Path.Combine(folder, $"sshd-tree-{hash}");
        if (Directory.Exists(tree))
            return tree;

        // Built beside and moved into place, so that a tree that exists is complete and two builders do no harm.
        var building = Directory.CreateTempSubdirectory("kronform-sshd-tree-").FullName;
        var half = $"{tree}.{Environment.ProcessId}";
        try
        {
            await RunAsync("mmdebstrap", "--quiet", "--variant=minbase", $"--include={Packages}", Suite, Path.Combine(building, "tree.tar"));
            Directory.CreateDirectory(half);
            await RunAsync("tar", "-xf", Path.Combine(building, "tree.tar"), "-C", half, "--exclude=./dev/*");
            if (!Directory.Exists(tree))
                Directory.Move(half, tree);
            return tree;
        }
        finally
        {
            Directory.Delete(building, recursive: true);
            if (Directory.Exists(half))
                Directory.Delete(half, recursive: true);
        }
    }

    internal static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} exited with {process.ExitCode}: {error}");
    }
}
