namespace Kronform.Provision.Servers.Budgets;

/// <summary>What Robot allows of one group of calls, for the whole account, and how much of it this program leaves untouched.</summary>
/// <param name="Name">The group's name in the budget file; never changes.</param>
/// <param name="Calls">Allowed in any <paramref name="Window"/>.</param>
/// <param name="Window">As documented: an hour.</param>
/// <param name="Reserve">
/// Left for others: a person in Robot's own pages, monitoring, a cloud controller. Calls that end something which must not be left
/// open (an armed rescue system) may use it.
/// </param>
/// <param name="Paths">The group in the operator's words.</param>
public sealed record CallLimit(string Name, int Calls, TimeSpan Window, int Reserve, string Paths)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>The list and the single server share one limit, which a fork of Hetzner's cloud controller found out.</summary>
    public static readonly CallLimit Servers = new("server", 200, Hour, 20, "/server");

    public static readonly CallLimit Addresses = new("ip", 5000, Hour, 100, "/ip");

    public static readonly CallLimit ResetReads = new("reset-read", 500, Hour, 20, "reading /reset");

    /// <summary>The reserve is nobody's but a person's: it is enough for one server's way out of trouble, and then some.</summary>
    public static readonly CallLimit ResetPresses = new("reset-press", 50, Hour, 5, "resets");

    /// <summary>The reserve is what taking back the armings of a full rack needs.</summary>
    public static readonly CallLimit Boot = new("boot", 500, Hour, 50, "/boot");

    public static readonly CallLimit KeyReads = new("key-read", 500, Hour, 20, "reading /key");

    public static readonly CallLimit KeyWrites = new("key-write", 200, Hour, 20, "changing /key");

    public static readonly CallLimit Firewall = new("firewall", 500, Hour, 20, "/firewall");

    /// <summary>Robot's web service documentation, "Limit" of each call. Null for a path this program does not use.</summary>
    /// <param name="path">Relative, as <c>boot/321/rescue</c>.</param>
    public static CallLimit? Of(HttpMethod method, string path) => (path.Split('/')[0], method == HttpMethod.Get) switch
    {
        ("server", _) => Servers,
        ("ip", _) => Addresses,
        ("reset", true) => ResetReads,
        ("reset", false) => ResetPresses,
        ("boot", _) => Boot,
        ("key", true) => KeyReads,
        ("key", false) => KeyWrites,
        ("firewall", _) => Firewall,
        _ => null,
    };
}
