using System.Runtime.InteropServices;
using System.Text;

namespace Kronform.Provision.Agent.Linux;

internal interface IKernelLog
{
    /// <summary>What the kernel has said since the last call, oldest first, without prefixes. Never waits; empty where the log cannot be read.</summary>
    IReadOnlyList<string> ReadNew();
}

/// <summary>
/// <c>/dev/kmsg</c> from its end at the time of opening. Each read gives one record, <c>priority,number,time,flags;text</c> and
/// perhaps lines that begin with a space and give the device (kernel: Documentation/ABI/testing/dev-kmsg).
/// </summary>
internal sealed unsafe class KernelLog : IKernelLog
{
    private const int LongestRecord = 8192;
    private const int MostRecords = 10_000;

    // Never closed: it is wanted until the process ends.
    private readonly int _fd;

    private KernelLog(int fd) => _fd = fd;

    public static IKernelLog OpenAtEnd(string path)
    {
        var fd = LibC.Open(path, LibC.ReadOnly | LibC.NonBlocking | LibC.CloseOnExec);
        if (fd >= 0) _ = LibC.LSeek(fd, 0, LibC.SeekEnd);
        return new KernelLog(fd);
    }

    public IReadOnlyList<string> ReadNew()
    {
        var lines = new List<string>();
        if (_fd < 0) return lines;
        var record = stackalloc byte[LongestRecord];
        for (var count = 0; count < MostRecords; count++)
        {
            var got = LibC.Read(_fd, record, LongestRecord);
            if (got > 0) lines.Add(TextOf(new ReadOnlySpan<byte>(record, (int)got)));
            // Records that were overwritten before they were read are reported once by this error; those after them follow.
            else if (got == 0 || Marshal.GetLastPInvokeError() is not (LibC.Epipe or LibC.Eintr)) break;
        }
        return lines;
    }

    internal static string TextOf(ReadOnlySpan<byte> record)
    {
        var text = record[(record.IndexOf((byte)';') + 1)..];
        var end = text.IndexOf((byte)'\n');
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }
}
