using Kronform.Provision.Cluster;

namespace Kronform.Provision.Runs.Joining;

/// <summary>
/// A worker has no CA key: its apid stays silent until a control plane's trustd, behind the cluster's endpoint, has signed its
/// certificate. So the reason for its silence can lie with another machine.
/// </summary>
public sealed class TrustdLook(NodeContext context)
{
    public const int Port = 50001;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>All workers of a cluster wait for the same few control planes: each of them asking with every look would wear those out.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private string? _missing;
    private DateTimeOffset? _lookedAt;

    /// <summary>Adds what a worker misses that took its machine config and is silent since; any other observation stays as it is.</summary>
    public async Task<Observation> ExplainAsync(Observation observation, CancellationToken cancellation)
    {
        if (observation is not Observation.Silent silent || context.Node.Role != NodeRole.Worker || context.Record.ConfigSentAt is null) return observation;
        if (_lookedAt is null || context.Now - _lookedAt >= Pause)
        {
            _missing = await MissingAsync(cancellation);
            _lookedAt = context.Now;
        }

        return silent with { Misses = _missing };
    }

    /// <summary>What the worker misses, or null when trustd answers at one of the endpoint's addresses.</summary>
    private async Task<string?> MissingAsync(CancellationToken cancellation)
    {
        var endpoint = ControlPlanes.EndpointOf(context);
        var addresses = await ControlPlanes.ResolveAsync(endpoint.DnsSafeHost, cancellation);
        if (addresses.Count == 0) return $"trustd, which signs its certificate: the endpoint {endpoint.Host} does not resolve";
        foreach (var address in addresses)
        {
            if (await PortLook.RefusalAsync(address, Port, Timeout, context.Services.Time, cancellation) is null) return null;
        }

        return $"trustd ({Port}/tcp), which signs its certificate, on a control plane behind the endpoint {endpoint.Host} ({string.Join(", ", addresses)}): nothing answers there";
    }
}
