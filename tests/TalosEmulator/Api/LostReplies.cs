using System.Collections.Concurrent;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>Counts calls and says whose reply is to be lost; lives as long as the node, through all its servers.</summary>
internal sealed class LostReplies(IReadOnlyList<LostReply> wanted)
{
    private readonly ConcurrentDictionary<string, int> _seen = new();

    public bool Takes(string path)
    {
        var method = path[(path.LastIndexOf('/') + 1)..];
        var number = _seen.AddOrUpdate(method, 1, (_, count) => count + 1);
        return wanted.Any(l => l.Method == method && number > l.Skip && number <= l.Skip + l.Times);
    }
}
