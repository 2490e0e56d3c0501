namespace Kronform.Provision.Ssh;

/// <summary>Sends an <see cref="SshInput"/> to a far command. The far side going away is not an error here: the result says how it ended.</summary>
internal static class InputSender
{
    /// <summary>64 KiB is what a pipe holds; larger writes were measured to be slower.</summary>
    private const int WriteBytes = 64 * 1024;

    /// <exception cref="Exception">Reading the content failed; the stream is then cut and the command must be ended.</exception>
    public static async Task SendAsync(Stream far, SshInput input, CancellationToken cancellation)
    {
        var counted = new Counted(input.Sent);
        try
        {
            if (input.KeepOpen)
                await SendRawAsync(far, input, counted, cancellation);
            else
                await SendFramedAsync(new FramedInput(far), input, counted, cancellation);
        }
        catch (FarGoneException)
        {
        }
    }

    private static async Task SendRawAsync(Stream far, SshInput input, Counted counted, CancellationToken cancellation)
    {
        await FarGoneException.GuardAsync(far.WriteAsync(input.Prefix, cancellation));
        var buffer = new byte[WriteBytes];
        while (await input.Content.ReadAsync(buffer, cancellation) is var count and > 0)
        {
            await FarGoneException.GuardAsync(far.WriteAsync(buffer.AsMemory(0, count), cancellation));
            counted.Add(count);
        }
    }

    private static async Task SendFramedAsync(FramedInput frames, SshInput input, Counted counted, CancellationToken cancellation)
    {
        await frames.SendAsync(input.Prefix, cancellation);
        if (input.Content.CanSeek && input.Content.Length - input.Content.Position is var known and > 0)
            await frames.SendAsync(input.Content, known, WriteBytes, counted.Add, cancellation);

        // Of unknown length, or grown meanwhile. What has arrived is sent as soon as the source has nothing more at hand:
        // large frames from a fast source, and no delay for a slow one.
        var buffer = new byte[16 * WriteBytes];
        int start = 0, end = 0;
        while (true)
        {
            var reading = input.Content.ReadAsync(buffer.AsMemory(end), cancellation);
            if (!reading.IsCompleted)
            {
                await frames.SendAsync(buffer.AsMemory(start..end), cancellation);
                counted.Add(end - start);
                start = end;
            }

            var count = await reading;
            end += count;
            if (count > 0 && end < buffer.Length)
                continue;
            await frames.SendAsync(buffer.AsMemory(start..end), cancellation);
            counted.Add(end - start);
            start = end = 0;
            if (count == 0)
                break;
        }

        await frames.EndAsync(cancellation);
    }

    private sealed class Counted(IProgress<long>? progress)
    {
        private long _sent;

        public void Add(int bytes)
        {
            _sent += bytes;
            if (bytes > 0)
                progress?.Report(_sent);
        }
    }
}

/// <summary>
/// Length-prefixed input: a decimal length and a newline, that many bytes, and so on; length 0 is the true end. Whatever cuts
/// the connection also ends the far channel, which a command could not tell from a proper end of file; this it cannot mistake.
/// </summary>
internal sealed class FramedInput(Stream far)
{
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (bytes.Length == 0)
            return;
        await HeadAsync(bytes.Length, cancellation);
        await FarGoneException.GuardAsync(far.WriteAsync(bytes, cancellation));
    }

    /// <summary>One frame for content whose length is known, so that the far side copies it in one go.</summary>
    public async Task SendAsync(Stream content, long length, int writeBytes, Action<int> sent, CancellationToken cancellation)
    {
        await HeadAsync(length, cancellation);
        var buffer = new byte[writeBytes];
        while (length > 0)
        {
            var count = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)), cancellation);
            if (count == 0)
                throw new EndOfStreamException($"The input ended {length} bytes before its stated length.");
            await FarGoneException.GuardAsync(far.WriteAsync(buffer.AsMemory(0, count), cancellation));
            sent(count);
            length -= count;
        }
    }

    public Task EndAsync(CancellationToken cancellation) => HeadAsync(0, cancellation);

    private Task HeadAsync(long length, CancellationToken cancellation) =>
        FarGoneException.GuardAsync(far.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{length}\n"), cancellation));
}

/// <summary>Nobody reads the far end any more. Kept apart from an <see cref="IOException"/> of the source, which is our failure.</summary>
internal sealed class FarGoneException(Exception cause) : Exception("The far side takes no more input.", cause)
{
    public static async Task GuardAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new FarGoneException(e);
        }
    }
}
