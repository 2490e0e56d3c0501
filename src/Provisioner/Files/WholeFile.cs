using System.Runtime.InteropServices;

namespace Kronform.Provision.Files;

/// <summary>Replaces small files that hold what nobody else may read: whole or not at all, also when the power fails.</summary>
internal static partial class WholeFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int OpenDirectory = 0x10000 | 0x80000;

    /// <summary>
    /// Afterwards the file has these bytes and mode 0600, and its name is on the disk. Missing folders are made (0700); a symbolic
    /// link goes on pointing at its file.
    /// </summary>
    /// <exception cref="IOException">The file is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is as it was.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var target = Target(path);
        var folder = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        // In the same folder, so that the move is a rename; a name of its own for each writer.
        var incoming = $"{target}.{Guid.NewGuid():n}";
        try
        {
            using (var stream = new FileStream(incoming, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            File.Move(incoming, target, overwrite: true);
        }
        catch
        {
            File.Delete(incoming);
            throw;
        }
        FlushFolder(folder);
    }

    /// <summary>The file itself, also where the path is a link to it.</summary>
    public static string Target(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : Path.GetFullPath(path);

    /// <summary>A rename is on the disk when its folder is. Some file systems cannot do this for folders; they are left to themselves.</summary>
    private static void FlushFolder(string folder)
    {
        var handle = Open(folder, OpenDirectory);
        if (handle < 0) return;
        _ = Flush(handle);
        _ = Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
