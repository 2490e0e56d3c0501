using System.Net;
using System.Security.Cryptography.X509Certificates;
using Kronform.Provision.Talos.Pki;

namespace Kronform.Provision.TalosEmulator;

/// <summary>What goes wrong on this node.</summary>
public sealed record EmulatorFaults
{
    private static readonly TimeSpan Stale = TimeSpan.FromDays(2);

    public IReadOnlyList<LostReply> LostReplies { get; init; } = [];

    /// <summary>How long the port is open before it closes for <see cref="FlapDown"/>; null for a port that stays.</summary>
    public TimeSpan? FlapUp { get; init; }

    public TimeSpan FlapDown { get; init; }

    /// <summary>Negative when the node's clock is behind.</summary>
    public TimeSpan ClockAhead { get; init; }

    /// <summary>The clock is right and the certificate is old: Talos has stopped renewing it.</summary>
    public bool StaleCertificate { get; init; }

    public bool WrongCa { get; init; }

    public bool HalfOpen { get; init; }

    /// <summary>Talos finds every machine config invalid, also a good one.</summary>
    public bool RejectConfig { get; init; }

    /// <param name="text">One --fault of the command line.</param>
    /// <exception cref="FormatException">Not one of them.</exception>
    public EmulatorFaults With(string text)
    {
        var (name, value) = text.Split('=', 2) is [var n, var v] ? (n, v) : (text, "");
        var parts = value.Split(':');
        return name switch
        {
            "lose-reply" when parts is { Length: <= 3 } && parts[0].Length > 0 =>
                this with { LostReplies = [.. LostReplies, new LostReply(parts[0], Number(parts, 1, 0), Number(parts, 2, 1))] },
            "flap" when parts is { Length: 2 } =>
                this with { FlapUp = TimeSpan.FromMilliseconds(Number(parts, 0, 0)), FlapDown = TimeSpan.FromMilliseconds(Number(parts, 1, 0)) },
            "clock" => this with { ClockAhead = TimeSpan.FromSeconds(Number(parts, 0, 0)) },
            "stale-certificate" => this with { StaleCertificate = true },
            "wrong-ca" => this with { WrongCa = true },
            "half-open" => this with { HalfOpen = true },
            "reject-config" => this with { RejectConfig = true },
            _ => throw new FormatException($"'{text}' is not a fault."),
        };

        int Number(string[] numbers, int index, int standard) => index >= numbers.Length
            ? standard
            : int.TryParse(numbers[index], out var number) ? number : throw new FormatException($"'{numbers[index]}' in '{text}' is not a number.");
    }

    /// <returns>What apid shows instead of its own certificate; null for its own.</returns>
    internal X509Certificate2? Certificate(string hostname, IReadOnlyList<IPAddress> addresses, TalosCa? ca, TimeProvider time)
    {
        var lifetime = TimeSpan.FromHours(24);
        if (WrongCa)
        {
            using var other = TalosCa.Create(time);
            return other.IssueServerCertificate(hostname, addresses, [hostname], time, lifetime);
        }

        return StaleCertificate && ca is not null
            ? ca.IssueServerCertificate(hostname, addresses, [hostname], new ShiftedTime(time, -Stale), lifetime)
            : null;
    }
}

/// <param name="Method">The last part of the path: `Bootstrap`.</param>
/// <param name="Skip">Calls answered as usual before.</param>
/// <param name="Times">Calls whose reply is lost.</param>
public sealed record LostReply(string Method, int Skip = 0, int Times = 1);

/// <summary>Another clock than the machine's, running as fast.</summary>
internal sealed class ShiftedTime(TimeProvider inner, TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + ahead;

    public override long GetTimestamp() => inner.GetTimestamp();

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
