namespace Kronform.Provision.Agent.Linux;

/// <summary>
/// A file that one open handle holds for itself, for as long as the handle lives: the kernel lets go of it when its process is
/// gone, with all its threads. Children do not inherit it.
/// </summary>
internal sealed class HeldFile : IDisposable
{
    private readonly int _fd;

    private HeldFile(int fd) => _fd = fd;

    /// <summary>Makes the file where there is none. Null while somebody else holds it.</summary>
    /// <exception cref="IOException">It cannot be made or opened.</exception>
    public static HeldFile? TryTake(string path)
    {
        var fd = LibC.Open(path, LibC.ReadWrite | LibC.Create | LibC.CloseOnExec, 0x180);
        if (fd < 0) throw new IOException($"Opening {path}: {System.Runtime.InteropServices.Marshal.GetLastPInvokeErrorMessage()}");
        if (LibC.FLock(fd, LibC.LockExclusive | LibC.LockNonBlocking) == 0) return new HeldFile(fd);
        _ = LibC.Close(fd);
        return null;
    }

    public void Dispose() => _ = LibC.Close(_fd);
}
