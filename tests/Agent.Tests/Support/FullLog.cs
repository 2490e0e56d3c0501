using System.Text;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A log that has no more room from the first line with these words on; half of that line still fits.</summary>
internal sealed class FullLog(string words) : MemoryStream
{
    private bool _full;

    /// <summary>What is there in whole lines.</summary>
    public IReadOnlyList<AgentEvent> Events =>
        [.. Encoding.UTF8.GetString(ToArray()).Split('\n')[..^1].Select(line => ProtocolJson.FromLine(line) ?? throw new InvalidOperationException(line))];

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!_full && Encoding.UTF8.GetString(buffer).Contains(words, StringComparison.Ordinal))
        {
            _full = true;
            base.Write(buffer[..(buffer.Length / 2)]);
        }

        if (_full) throw new IOException("No space left on device");
        base.Write(buffer);
    }
}
