using System.Security.Cryptography.X509Certificates;

namespace Kronform.Provision.Talos;

public enum NoAnswerReason
{
    /// <summary>The machine is up and nothing listens there (yet).</summary>
    Refused,

    /// <summary>Nothing came back at all: the machine is off, or something in between drops what is sent to it.</summary>
    TimedOut,

    /// <summary>The connection was taken, and then nothing was said: a machine is up, and what listens is stuck or overloaded.</summary>
    Mute,

    /// <summary>No way to the machine; also what the last router says about a machine that is off.</summary>
    Unreachable,

    /// <summary>The connection was taken and dropped without a word.</summary>
    Reset,

    /// <summary>This machine could not even ask; see <see cref="SocketTrouble"/>.</summary>
    NotAsked,
}

/// <summary>What answers on a node's Talos port, found out without sending any request.</summary>
public abstract record TalosProbeResult
{
    private TalosProbeResult()
    {
    }

    public sealed record NoAnswer(NoAnswerReason Reason) : TalosProbeResult;

    /// <param name="Text">What it said instead, cut short and printable.</param>
    public sealed record NotTls(string Text) : TalosProbeResult;

    /// <summary>TLS that asks for no client certificate: Talos in maintenance mode. That it is ours must be proven by other means.</summary>
    /// <param name="SpkiFingerprint">To pin for the calls that follow.</param>
    /// <param name="SubjectCn">`maintenance-service.talos.dev` from 1.5 on; a hint, no proof.</param>
    public sealed record Maintenance(string SpkiFingerprint, string SubjectCn) : TalosProbeResult
    {
        /// <summary>When the node made its certificate, by its own clock.</summary>
        public DateTimeOffset Issued { get; init; }

        /// <summary>24 hours later; the node makes another one in time.</summary>
        public DateTimeOffset Expires { get; init; }

        /// <summary>By how much the node's clock is ahead of ours (or behind: negative) at least; zero when it may be right.</summary>
        public TimeSpan ClockAhead(DateTimeOffset now) => Issued > now ? Issued - now : Expires < now ? Expires - now : TimeSpan.Zero;
    }

    /// <summary>TLS that demands a client certificate: a configured Talos, of our cluster or another.</summary>
    /// <param name="AcceptableIssuers">Distinguished names, `O=talos` for every Talos cluster.</param>
    /// <param name="ServerCertificate">Not verified; null when the node hung up before showing one.</param>
    public sealed record WantsClientCertificate(
        IReadOnlyList<string> AcceptableIssuers, X509Certificate2? ServerCertificate) : TalosProbeResult;
}
