using System.Security.Cryptography;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>An activation as it was made, and what its rescue reported.</summary>
internal sealed record Activation(string Os, string? Password, IReadOnlyList<StoredKey> Keys, DateTimeOffset ArmedAt)
{
    public IReadOnlyList<HostKeyReport> HostKeys { get; init; } = [];
    public string? BootTime { get; init; }
}

/// <summary>
/// One server's rescue: armed for one boot within the expiry, then gone; the latest activation stays readable. Not thread-safe;
/// the account locks.
/// </summary>
internal sealed class RescueState(TimeSpan expiry, bool lastShowsArmed, TimeProvider time)
{
    private Activation? _armed;

    public Activation? Last { get; private set; }

    /// <summary>Null when nothing is armed or it has waited too long.</summary>
    public Activation? Armed => _armed is not null && time.GetUtcNow() - _armed.ArmedAt < expiry ? _armed : null;

    public void Arm(string os, IReadOnlyList<StoredKey> keys)
    {
        const string letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
        _armed = new Activation(os, RandomNumberGenerator.GetString(letters, 16), keys, time.GetUtcNow());
        if (lastShowsArmed)
            Last = _armed;
    }

    public void Disarm() => _armed = null;

    /// <summary>What the machine shall boot from the network now; asking consumes the activation.</summary>
    public RescueBoot? TakeBoot()
    {
        var armed = Armed;
        _armed = null;
        if (armed is null)
            return null;
        Last = armed with { Password = null };
        return new RescueBoot(armed.Os, [.. armed.Keys.Select(k => k.Line)]);
    }

    /// <summary>A vKVM reports nothing, and neither does a rescue whose activation has been replaced since.</summary>
    public void Report(RescueReport report)
    {
        if (Last is { Os: "linux" or "linuxold" or "linuxbeta" } && !ReferenceEquals(Last, _armed))
            Last = Last with { HostKeys = report.HostKeys, BootTime = BerlinTime.Text(report.BootedAt) };
    }
}
