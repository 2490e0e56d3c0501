using System.IO.MemoryMappedFiles;

namespace Kronform.Provision.Faults.World;

/// <summary>
/// How far the world's clock is ahead of the real one, and by how much the operator's is wrong, in a file that the world and the
/// product's processes share. The product leaps where it only waits (<see cref="Product.LeapingTime"/>), and the world's machines and
/// services live by the same clock.
/// </summary>
internal sealed class SharedClock : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public SharedClock(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, 2 * sizeof(long));
        _view = _file.CreateViewAccessor();
    }

    public TimeSpan Ahead => TimeSpan.FromTicks(Volatile.Read(ref Cell(0)));

    /// <summary>Of the operator's time of day; what measures durations is never wrong.</summary>
    public TimeSpan Skew
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref Cell(1)));
        set => Volatile.Write(ref Cell(1), value.Ticks);
    }

    private unsafe ref long Cell(int index)
    {
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        return ref ((long*)start)[index];
    }

    /// <summary>Moves the clock on; it never goes back.</summary>
    public void AtLeast(TimeSpan ahead)
    {
        ref long cell = ref Cell(0);
        for (long seen = Volatile.Read(ref cell); seen < ahead.Ticks;)
        {
            long was = Interlocked.CompareExchange(ref cell, ahead.Ticks, seen);
            if (was == seen) return;
            seen = was;
        }
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}

/// <summary>The world's own clock. Its timers are real: what the emulated services need to answer is not what is waited for.</summary>
internal sealed class WorldClock(SharedClock clock) : TimeProvider
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(4);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + clock.Ahead;

    /// <inheritdoc cref="SharedClock.Skew"/>
    public TimeSpan OperatorsSkew { set => clock.Skew = value; }

    public void Leap(TimeSpan by) => clock.AtLeast(clock.Ahead + by);

    public async Task PassAsync(TimeSpan duration, CancellationToken cancellation)
    {
        for (var due = GetUtcNow() + duration; GetUtcNow() < due;) await Task.Delay(Look, System, cancellation);
    }
}
