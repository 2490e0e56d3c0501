namespace Kronform.Provision.VirtualRack.Builds;

/// <summary>
/// Finished builds, one folder each. A build happens in a folder of another name that is renamed when it is complete, so
/// what has its name is whole; a lock lets the second of two builders wait for, and then use, the first one's work.
/// </summary>
internal sealed class BuildCache(string folder, TimeProvider time, Action<string> say)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    public static string DefaultFolder
    {
        get
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (string.IsNullOrEmpty(cache))
                cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Path.Combine(cache, "kronform-rack");
        }
    }

    public string Folder => folder;

    /// <returns>The folder of the build.</returns>
    public async Task<string> EnsureAsync(
        string what, string key, string title, Func<string, CancellationToken, Task> build, CancellationToken cancellation)
    {
        var finished = Path.Combine(folder, $"{what}-{key}");
        if (Directory.Exists(finished))
            return finished;

        Directory.CreateDirectory(folder);
        using var held = await LockAsync(what, cancellation);
        if (Directory.Exists(finished))
            return finished;

        // Whoever held the lock before and died left its half work under this name.
        var unfinished = Path.Combine(folder, $"{what}.building");
        await RemoveAsync(unfinished);
        Directory.CreateDirectory(unfinished);
        say($"building {title} …");
        var started = time.GetTimestamp();
        await build(unfinished, cancellation);
        Directory.Move(unfinished, finished);
        say($"built {title} in {time.GetElapsedTime(started).TotalSeconds:0.0} s: {finished}");
        return finished;
    }

    private async Task<FileStream> LockAsync(string what, CancellationToken cancellation)
    {
        var told = false;
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(folder, $"{what}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (!cancellation.IsCancellationRequested)
            {
                if (!told)
                    say($"waiting for another process that builds {what}");
                told = true;
                await Task.Delay(LookAgain, time, cancellation);
            }
        }
    }

    /// <summary>rm rather than Directory.Delete: a system tree holds device files and folders without write permission.</summary>
    private static async Task RemoveAsync(string path) =>
        await Hosting.Tool.RunAsync("rm", ["-rf", "--", path], CancellationToken.None);
}
