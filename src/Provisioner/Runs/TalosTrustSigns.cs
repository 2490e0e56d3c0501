using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs;

/// <summary>What a server that demands a client certificate is when a call to it did not succeed.</summary>
public static class TalosTrustSigns
{
    /// <summary>Clocks this close are as good as equal: a certificate is young for some seconds on any network.</summary>
    private static readonly TimeSpan SmallDifference = TimeSpan.FromMinutes(1);

    /// <param name="failure">A <see cref="TalosTrustException"/> or a <see cref="TalosRpcException"/>.</param>
    public static Observation Judge(Exception failure) => failure switch
    {
        TalosTrustException { Failure: TalosTrustFailure.ServerOfAnotherCa } => new Observation.ConfiguredForeign(failure.Message),
        // All of these are of this cluster's CA. Clocks and addresses mend themselves, or the deadline tells; a reset would not help.
        TalosTrustException { Failure: TalosTrustFailure.ServerCertificateExpired or TalosTrustFailure.ServerCertificateNotYetValid } =>
            new Observation.Unclear($"Talos is configured with this cluster's CA, but the clocks differ ({failure.Message})"),
        TalosTrustException { Failure: TalosTrustFailure.ClientCertificateRefused } =>
            new Observation.Unclear($"Talos is configured with this cluster's CA and refuses us: its clock is wrong, or the CA is being replaced ({failure.Message})"),
        TalosRpcException { Code: GrpcCode.PermissionDenied or GrpcCode.Unauthenticated } =>
            new Observation.Unclear($"Talos is configured with this cluster's CA, and our client certificate has not the role {TalosIdentity.AdminRole} ({failure.Message})"),
        TalosTrustException => new Observation.Unclear($"Talos is configured but cannot be trusted yet ({failure.Message})"),
        _ => new Observation.Unclear($"Talos is configured but does not answer yet ({failure.Message})"),
    };

    /// <summary>
    /// A node in maintenance mode makes its certificate for 24 hours by its own clock. Out of that time the clocks differ; with
    /// a wrong clock etcd does not come up later, so it is worth saying now.
    /// </summary>
    public static string? ClockNote(TalosProbeResult.Maintenance probe, DateTimeOffset now)
    {
        var ahead = probe.ClockAhead(now);
        return ahead.Duration() <= SmallDifference
            ? null
            : $"its clock is at least {ahead.Duration().TotalMinutes:0} minutes {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} ours";
    }
}
