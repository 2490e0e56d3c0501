namespace Kronform.Provision.VirtualRack.Machines;

/// <summary>What the Robot emulator may do to, and know of, one server.</summary>
public interface IServerHardware
{
    bool PoweredOn { get; }

    /// <summary>Reset button: cuts what runs and boots; also starts a machine that is off.</summary>
    Task HardwareResetAsync(CancellationToken cancellation);

    Task CtrlAltDelAsync(CancellationToken cancellation);

    /// <summary>Short press of the power button: starts a machine that is off, asks a running one to shut down.</summary>
    Task PowerButtonAsync(CancellationToken cancellation);

    /// <summary>Button held: off at once.</summary>
    Task PowerOffAsync(CancellationToken cancellation);

    /// <summary>Asked by the machine at every boot; a non-null answer means "boot this rescue now" and consumes the activation.</summary>
    Func<RescueBoot?> BootDecision { get; set; }

    /// <summary>Raised when a booted rescue has its network up and host keys ready (before sshd answers).</summary>
    event Action<RescueReport>? RescueBooted;
}

/// <param name="AuthorizedKeys">Lines for root's authorized_keys.</param>
/// <param name="Os">linux, vkvm …</param>
public sealed record RescueBoot(string Os, IReadOnlyList<string> AuthorizedKeys);

/// <param name="HostKeys">Type (ECDSA, ED25519, RSA), bits, SHA-256 fingerprint base64 without padding.</param>
public sealed record RescueReport(IReadOnlyList<HostKeyReport> HostKeys, DateTimeOffset BootedAt);

public sealed record HostKeyReport(string Type, int Bits, string Sha256Fingerprint);
