using System.Runtime.InteropServices;

namespace Kronform.Provision.Agent.Linux;

/// <summary>The few calls that .NET has no door to. Constants are those of linux/amd64.</summary>
internal static unsafe partial class LibC
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Exclusive = 0x80;
    public const int Direct = 0x4000;
    public const int Create = 0x40;
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;

    public const int SeekEnd = 2;

    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;

    public const nuint BlkRereadTable = 0x125F;
    public const nuint BlkFlushBuffers = 0x1261;
    public const nuint BlkSectorSize = 0x1268;
    public const nuint BlkZeroOut = 0x127F;
    public const nuint BlkSize64 = 0x80081272;

    public const int Eintr = 4;
    public const int Ebusy = 16;
    public const int Einval = 22;
    public const int Epipe = 32;
    public const int Enodata = 61;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    /// <param name="mode">Of the file, where it is made.</param>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string path, string another);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    public static partial int SetSid();

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long LSeek(int fd, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint PRead(int fd, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PWrite(int fd, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(int fd);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(int fd, int operation);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoCtl(int fd, nuint request, void* argument);
}
