using System.Buffers;
using System.Text;

namespace Kronform.Provision.Ssh;

/// <summary>Where the bytes of a stream go, in order.</summary>
internal interface IOutputSink
{
    void Add(ReadOnlySpan<byte> bytes);

    /// <summary>No more will come.</summary>
    void End();
}

/// <summary>Keeps the first bytes, up to a limit, as UTF-8 text.</summary>
internal sealed class CappedText(int limitBytes) : IOutputSink
{
    private readonly ArrayBufferWriter<byte> _kept = new();

    public string Text => Encoding.UTF8.GetString(_kept.WrittenSpan);

    public void Add(ReadOnlySpan<byte> bytes) => _kept.Write(bytes[..Math.Min(bytes.Length, limitBytes - _kept.WrittenCount)]);

    public void End()
    {
    }
}

/// <summary>
/// Hands out lines as they complete, without their line ends; a last line without one counts. A line is cut at
/// <paramref name="limitBytes"/>: a runaway far side must not fill our memory.
/// </summary>
internal sealed class LineSplitter(Action<string> onLine, int limitBytes) : IOutputSink
{
    private readonly ArrayBufferWriter<byte> _line = new();

    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)'\n') is var end and >= 0)
        {
            Keep(bytes[..end]);
            HandOut();
            bytes = bytes[(end + 1)..];
        }

        Keep(bytes);
    }

    public void End()
    {
        if (_line.WrittenCount > 0)
            HandOut();
    }

    private void Keep(ReadOnlySpan<byte> bytes) => _line.Write(bytes[..Math.Min(bytes.Length, limitBytes - _line.WrittenCount)]);

    private void HandOut()
    {
        var line = Encoding.UTF8.GetString(_line.WrittenSpan);
        _line.ResetWrittenCount();
        onLine(line.EndsWith('\r') ? line[..^1] : line);
    }
}

/// <summary>
/// Drops what comes before the mark line and tells when it was seen. When it never comes, the far shell did not get as far as
/// the command, and what it said instead is passed on as the output.
/// </summary>
internal sealed class StartMark(string mark, IOutputSink next) : IOutputSink
{
    private const int LongestNoise = 64 * 1024;

    private readonly byte[] _mark = Encoding.ASCII.GetBytes(mark + "\n");
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _noise = [];

    /// <summary>Completes when the command runs; also when it never will.</summary>
    public Task Seen => _seen.Task;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (Seen.IsCompleted)
        {
            next.Add(bytes);
            return;
        }

        _noise = [.. _noise, .. bytes];
        if (_noise.AsSpan().IndexOf(_mark) is var at and >= 0)
            Begin(_noise.AsSpan(at + _mark.Length));
        else if (_noise.Length > LongestNoise)
            _noise = _noise[^LongestNoise..];
    }

    public void End()
    {
        if (!Seen.IsCompleted)
            Begin(_noise);
        next.End();
    }

    private void Begin(ReadOnlySpan<byte> first)
    {
        _seen.TrySetResult();
        next.Add(first);
        _noise = [];
    }
}

internal static class Pump
{
    /// <summary>Feeds a sink until the stream ends; a stream that breaks has ended.</summary>
    public static async Task RunAsync(Stream from, IOutputSink to, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        while (await ReadAsync(from, buffer, cancellation) is var count and > 0)
            to.Add(buffer.AsSpan(0, count));
        to.End();
    }

    private static async Task<int> ReadAsync(Stream from, byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await from.ReadAsync(buffer, cancellation);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return 0;
        }
    }
}
