using System.Globalization;

namespace Kronform.Provision.Servers;

/// <summary>
/// A rescue activation as Robot tells it: armed, or none, or (from <c>rescue/last</c>) the latest one with what the booted system
/// reported. Robot's generated root password is not read: it would be one more secret to keep.
/// </summary>
/// <param name="Active">Armed and not yet booted. False after an armed rescue has booted.</param>
/// <param name="Os">What was activated, <c>linux</c> or <c>vkvm</c> …; null when nothing is.</param>
/// <param name="AvailableOs">What could be activated; empty when something is.</param>
/// <param name="AuthorizedKeys">MD5 fingerprints, lower-case hex pairs with colons.</param>
/// <param name="HostKeys">New on every boot; empty until the booted rescue has reported them.</param>
/// <param name="BootTime">When the rescue reported itself; null until then.</param>
public sealed record RescueActivation(
    int Number,
    bool Active,
    string? Os,
    IReadOnlyList<string> AvailableOs,
    IReadOnlyList<string> AuthorizedKeys,
    IReadOnlyList<RescueHostKey> HostKeys,
    RescueBootTime? BootTime);

/// <param name="Type"><c>ECDSA</c>, <c>ED25519</c>, <c>RSA</c>; null when Robot gave only the fingerprint.</param>
/// <param name="Size">Bits.</param>
/// <param name="Sha256Fingerprint">Base64 without padding, without the <c>SHA256:</c> prefix.</param>
public sealed record RescueHostKey(string? Type, int? Size, string Sha256Fingerprint);

/// <summary>Robot's <c>boot_time</c>: the wall clock of Europe/Berlin, without a zone.</summary>
/// <param name="Raw">As Robot wrote it.</param>
public sealed record RescueBootTime(string Raw)
{
    /// <summary>Null when the text has another form than the known one.</summary>
    public DateTime? WallClock { get; } =
        DateTime.TryParseExact(Raw, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed) ? parsed : null;

    /// <summary>
    /// Whether this is another, later boot than the one remembered from before the reset. In the night when summer time ends
    /// the wall clock runs through one hour twice, so a later boot may read up to an hour earlier.
    /// </summary>
    public bool IsNewerThan(RescueBootTime? before)
    {
        if (before is null)
            return true;
        if (WallClock is not { } now || before.WallClock is not { } then)
            return Raw != before.Raw;
        return now != then && now > then - TimeSpan.FromHours(1);
    }
}

/// <summary>What a server will boot from the network next.</summary>
/// <param name="ActiveKind"><c>rescue</c>, <c>linux</c>, <c>vnc</c> …; null when the next boot goes to the disk. At most one is active.</param>
/// <param name="Rescue">Null when the server has no rescue configuration at all.</param>
public sealed record BootConfiguration(string? ActiveKind, RescueActivation? Rescue);

/// <param name="Md5Fingerprint">Lower-case hex pairs with colons: the key's name in every other call.</param>
/// <param name="Type"><c>RSA</c>, <c>ECDSA</c>, <c>ED25519</c>.</param>
/// <param name="Size">Bits.</param>
public sealed record RobotKey(string Name, string Md5Fingerprint, string? Type, int? Size);
