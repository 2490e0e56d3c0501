using System.Runtime.InteropServices;

namespace Kronform.Provision.Runs;

/// <summary>The system's clock, whose measured time goes on while the machine sleeps: servers do not wait for a laptop's lid.</summary>
public sealed partial class BootClock : TimeProvider
{
    /// <summary>CLOCK_BOOTTIME, see clock_gettime(2). .NET's own is CLOCK_MONOTONIC, which stands still in a suspended machine.</summary>
    private const int SinceBoot = 7;

    private const long NanosecondsPerSecond = 1_000_000_000;

    public override long TimestampFrequency => NanosecondsPerSecond;

    public override long GetTimestamp() =>
        GetTime(SinceBoot, out var now) == 0 ? (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds : throw new InvalidOperationException($"clock_gettime: errno {Marshal.GetLastPInvokeError()}");

    [StructLayout(LayoutKind.Sequential)]
    private struct Moment
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, out Moment now);
}
