namespace Kronform.Provision.Files;

/// <summary>
/// Keeps others out, in this process and in others on this machine, until disposed: an exclusive flock on an open file, which the
/// kernel drops with the process however it dies.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int WouldBlock = 11;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <param name="path">Made when it is not there, and left.</param>
    /// <param name="time">For the pauses between attempts.</param>
    /// <param name="onWait">Called once if somebody else holds it.</param>
    /// <param name="cancellation">Ends the wait, which has no limit of its own.</param>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static async Task<FileLock> TakeAsync(string path, TimeProvider time, Action? onWait, CancellationToken cancellation)
    {
        while (true)
        {
            if (TryTake(path) is { } held) return held;
            onWait?.Invoke();
            onWait = null;
            await Task.Delay(Pause, time, cancellation);
        }
    }

    /// <summary>For a file that others hold for milliseconds: one that is stopped in the middle must not hold up a run. Makes its folder (0700).</summary>
    /// <exception cref="IOException">The file cannot be made, or somebody else has held it for that long.</exception>
    /// <exception cref="UnauthorizedAccessException">The same for want of rights.</exception>
    public static async Task<FileLock> TakeWithinAsync(TimeSpan patience, string path, TimeProvider time, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await TakeAsync(path, time, null, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"another process has held {path} for {patience.TotalSeconds:0} s");
        }
    }

    /// <returns>Null while somebody else holds it.</returns>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static FileLock? TryTake(string path)
    {
        try
        {
            // FileShare.None is a flock on Linux: it excludes others that ask the same way.
            return new FileLock(new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }));
        }
        catch (IOException held) when (held.HResult == WouldBlock)
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
