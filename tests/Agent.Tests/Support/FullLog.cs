using System.Text;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A log that has no more room from the so-many-th line with these words on; half of that line still fits.</summary>
internal sealed class FullLog(string words, int time = 1) : MemoryStream
{
    private int _met;

    /// <summary>What is there in whole lines.</summary>
    public IReadOnlyList<AgentEvent> Events =>
        [.. Encoding.UTF8.GetString(ToArray()).Split('\n')[..^1].Select(line => ProtocolJson.FromLine(line) ?? throw new InvalidOperationException(line))];

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_met < time && Encoding.UTF8.GetString(buffer).Contains(words, StringComparison.Ordinal) && ++_met == time) base.Write(buffer[..(buffer.Length / 2)]);
        if (_met == time) throw new IOException("No space left on device");
        base.Write(buffer);
    }
}
