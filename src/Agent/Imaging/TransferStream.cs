using Kronform.Provision.Agent.Watching;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>
/// The decoder's side of a <see cref="TransferSource"/>. Reads block; meant for a thread of its own. The end is only ever the
/// true end: a cut transfer throws.
/// </summary>
internal sealed class TransferStream(TransferSource source, Vitals vitals, CancellationToken cancellation) : ReadOnlyStream
{
    private byte[] _segment = [];
    private int _at;
    private bool _ended;

    public TransferSource Source => source;

    /// <summary>The next bytes without taking them: up to a whole segment, less only at the end of the file.</summary>
    public ReadOnlySpan<byte> Peek()
    {
        if (_at == _segment.Length && !_ended) Next();
        return _segment.AsSpan(_at);
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

    /// <summary>Takes the next piece whole instead of copying it; empty at the end.</summary>
    public ReadOnlyMemory<byte> ReadSegment()
    {
        Peek();
        var rest = _segment.AsMemory(_at);
        _at = _segment.Length;
        return rest;
    }

    private void Next()
    {
        bool there;
        using (vitals.DecoderInput.Begin()) there = source.Reader.WaitToReadAsync(cancellation).AsTask().GetAwaiter().GetResult();
        vitals.Decoder.Touch();
        if (there && source.Reader.TryRead(out var segment))
        {
            _segment = segment;
            _at = 0;
            return;
        }
        _ended = true;
    }
}
