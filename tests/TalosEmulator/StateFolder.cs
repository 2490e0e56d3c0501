using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kronform.Provision.TalosEmulator;

/// <summary>Files that are either the old or the new content after a power cut, never half of it.</summary>
internal sealed partial class StateFolder(string path)
{
    public byte[]? Read(string name)
    {
        var file = Path.Combine(path, name);
        return File.Exists(file) ? File.ReadAllBytes(file) : null;
    }

    public void Write(string name, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(path);
        var file = Path.Combine(path, name);
        var next = file + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(next, options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, file, overwrite: true);
        SyncFolder();
    }

    // The rename itself is only sure once the folder is on disk, and .NET opens no folders.
    private void SyncFolder()
    {
        const int ReadOnly = 0;
        var descriptor = open(path, ReadOnly);
        if (descriptor < 0)
            throw new IOException($"Opening {path} to flush it failed.");
        using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
        if (fsync(folder) != 0)
            throw new IOException($"Flushing {path} failed.");
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int fsync(SafeFileHandle file);
}
