using Kronform.Provision.Agent.Watching;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>
/// The decoder's side of a <see cref="TransferSource"/>. Reads block; meant for a thread of its own. The end is only ever the
/// true end: a cut transfer throws.
/// </summary>
internal sealed class TransferStream(TransferSource source, Vitals vitals, CancellationToken cancellation) : ReadOnlyStream
{
    private Segment _segment = new([], 0);
    private int _at;
    private bool _ended;

    public TransferSource Source => source;

    /// <summary>The next bytes without taking them: up to a whole segment, less only at the end of the file.</summary>
    public ReadOnlySpan<byte> Peek()
    {
        if (_at == _segment.Length && !_ended) Next();
        return _segment.Memory.AsSpan(_at, _segment.Length - _at);
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        var rest = Peek();
        var part = Math.Min(rest.Length, buffer.Length);
        rest[..part].CopyTo(buffer);
        _at += part;
        return part;
    }

    /// <summary>Takes the next piece whole instead of copying it; it is good until the next call. Empty at the end.</summary>
    public ReadOnlyMemory<byte> ReadSegment()
    {
        Peek();
        var rest = _segment.Memory.AsMemory(_at, _segment.Length - _at);
        _at = _segment.Length;
        return rest;
    }

    private void Next()
    {
        if (_segment.Memory.Length > 0) source.Return(_segment.Memory);
        _segment = new Segment([], 0);
        _at = 0;
        bool there;
        using (vitals.DecoderInput.Begin()) there = source.Reader.WaitToReadAsync(cancellation).AsTask().GetAwaiter().GetResult();
        vitals.Decoder.Touch();
        if (there && source.Reader.TryRead(out var segment))
        {
            _segment = segment;
            return;
        }
        _ended = true;
    }
}
