namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>Requests that count against one limit.</summary>
public enum RateBucket
{
    /// <summary>The list and the single server share one.</summary>
    Servers,
    Ips,
    ResetReads,
    ResetPresses,
    Boot,
    KeyReads,
    KeyWrites,
    Firewall,
}

/// <summary>Counts requests per bucket in windows that start with a bucket's first request.</summary>
internal sealed class RateBuckets(IReadOnlyDictionary<RateBucket, int> limits, TimeSpan window, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RateBucket, (DateTimeOffset Start, int Count)> _used = [];

    public static RateBucket? Of(string method, string domain) => (domain, method) switch
    {
        ("server", _) => RateBucket.Servers,
        ("ip", _) => RateBucket.Ips,
        ("reset", "POST") => RateBucket.ResetPresses,
        ("reset", _) => RateBucket.ResetReads,
        ("boot", _) => RateBucket.Boot,
        ("key", "GET") => RateBucket.KeyReads,
        ("key", _) => RateBucket.KeyWrites,
        ("firewall", _) => RateBucket.Firewall,
        _ => null,
    };

    /// <summary>Counts one request; null when it is within the limit, else the limit it exceeds.</summary>
    public int? Exceeded(RateBucket bucket)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var used = _used.GetValueOrDefault(bucket);
            if (now - used.Start >= window)
                used = (now, 0);
            _used[bucket] = (used.Start, used.Count + 1);
            return limits.TryGetValue(bucket, out var limit) && used.Count >= limit ? limit : null;
        }
    }
}
