using System.Collections.Concurrent;

namespace Kronform.Provision.Agent.Watching;

/// <summary>Something that may take long, by one thread at a time: since when it has been under way.</summary>
internal sealed class Wait(TimeProvider time)
{
    private long _since;

    /// <summary>Null while nobody waits.</summary>
    public TimeSpan? Lasted => Interlocked.Read(ref _since) is var since and not 0 ? time.GetElapsedTime(since) : null;

    public Scope Begin()
    {
        Interlocked.Exchange(ref _since, Math.Max(1, time.GetTimestamp()));
        return new Scope(this);
    }

    /// <summary>Something happened meanwhile: what is waited for begins anew.</summary>
    public void Touch()
    {
        if (Interlocked.Read(ref _since) is var since and not 0) Interlocked.CompareExchange(ref _since, Math.Max(1, time.GetTimestamp()), since);
    }

    internal readonly struct Scope(Wait wait) : IDisposable
    {
        public void Dispose() => Interlocked.Exchange(ref wait._since, 0);
    }
}

/// <summary>What each stage of a run is doing now. The stages note it as they go; nobody waits for anybody because of it.</summary>
internal sealed class Vitals(TimeProvider time)
{
    private readonly ConcurrentDictionary<long, (string Disk, string Kind, long Offset, long Length, long Since)> _underWay = new();
    private long _lastRequest;
    private long _bytesMoved;
    private int _busy;
    private long _busySince;
    private long _lastAnswer = time.GetTimestamp();

    /// <summary>For the next byte from the line.</summary>
    public Wait Source { get; } = new(time);

    /// <summary>For the decoder to hand out more, whatever it waits for itself.</summary>
    public Wait Decoder { get; } = new(time);

    /// <summary>The decoder for more from the source.</summary>
    public Wait DecoderInput { get; } = new(time);

    /// <summary>Asked for the bytes that came; set once there is a source.</summary>
    public Func<long>? BytesIn { get; set; }

    /// <summary>Asked for the blocks of memory nobody holds; set once there are any.</summary>
    public Func<int>? FreeBlocks { get; set; }

    /// <summary>True when the source asks again by itself before it gives up, so that nobody else needs to.</summary>
    public bool SourceRetries { get; set; }

    /// <summary>Of all requests to disks that were answered.</summary>
    public long BytesMoved => Interlocked.Read(ref _bytesMoved);

    /// <summary>A request to a disk begins; it ends, answered or failed, with what is returned.</summary>
    public Request Begin(string disk, string kind, long offset, long length)
    {
        var now = time.GetTimestamp();
        var number = Interlocked.Increment(ref _lastRequest);
        _underWay[number] = (disk, kind, offset, length, now);
        if (Interlocked.Increment(ref _busy) == 1) Interlocked.Exchange(ref _busySince, Math.Max(1, now));
        return new Request(this, number, length);
    }

    public VitalSigns Read(TimeSpan? unread, long? bytesPerSecond) => new()
    {
        Unread = unread,
        SourceWait = Source.Lasted,
        SourceRetries = SourceRetries,
        BytesIn = BytesIn?.Invoke() ?? 0,
        DecoderBusy = DecoderInput.Lasted is null ? Decoder.Lasted : null,
        FreeBlocks = FreeBlocks?.Invoke(),
        UnderWay = [.. _underWay.Values.OrderBy(request => request.Since)
            .Select(request => new DeviceRequest(request.Disk, request.Kind, request.Offset, request.Length, time.GetElapsedTime(request.Since)))],
        SinceAnswer = time.GetElapsedTime(Interlocked.Read(ref _lastAnswer)),
        DeviceBusyFor = Interlocked.Read(ref _busySince) is var since and not 0 ? time.GetElapsedTime(since) : TimeSpan.Zero,
        BytesPerSecond = bytesPerSecond,
    };

    private void End(long number, long length)
    {
        Interlocked.Add(ref _bytesMoved, length);
        Interlocked.Exchange(ref _lastAnswer, time.GetTimestamp());
        if (Interlocked.Decrement(ref _busy) == 0) Interlocked.Exchange(ref _busySince, 0);
        _underWay.TryRemove(number, out _);
    }

    internal readonly struct Request(Vitals vitals, long number, long length) : IDisposable
    {
        public void Dispose() => vitals.End(number, length);
    }
}
