using System.Diagnostics;

namespace Kronform.Provision.Faults.Running;

/// <summary>The operator's state folder on a file system that is small or read-only, for root too.</summary>
internal sealed class StateMount(string? folder) : IAsyncDisposable
{
    /// <param name="what"><c>normal</c>, <c>read-only</c>, or <c>full:</c> and KiB.</param>
    public static async Task<StateMount> MakeAsync(string what, string folder, CancellationToken cancellation)
    {
        if (what == "normal") return new StateMount(null);
        Directory.CreateDirectory(folder);
        await RunAsync("mount", ["-t", "tmpfs", "-o", what == "read-only" ? "ro" : $"size={what.Split(':')[1]}k", "none", folder], cancellation);
        return new StateMount(folder);
    }

    public async ValueTask DisposeAsync()
    {
        if (folder is not null) await RunAsync("umount", ["-l", folder], CancellationToken.None);
    }

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellation)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed");
    }
}
