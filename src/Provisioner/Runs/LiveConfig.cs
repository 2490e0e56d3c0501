using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Talos;
using Kronform.Provision.Talos.Pki;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kronform.Provision.Runs;

/// <summary>Asks a configured node for the machine config it runs with. Changes nothing.</summary>
public sealed class LiveConfig(ClusterSpec cluster, NodeConfigs configs, TimeProvider time, int port = TalosClient.DefaultPort)
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    /// <exception cref="ProvisionException">The node cannot be asked, or has no config.</exception>
    public async Task<Secret> ReadAsync(NodeSpec node, MachineConfig config, CancellationToken cancellation)
    {
        using var identity = await IdentityAsync(config, cancellation);
        var address = await AddressAsync(node, cancellation);
        string attempt = $"Reading the machine config that {node.Name} runs with";
        try
        {
            var probe = await TalosProbe.ProbeAsync(address, port, time, ProbeTimeout, cancellation);
            if (probe is TalosProbeResult.Maintenance) throw new ProvisionException(FailureCode.TalosUnreachable, $"{attempt}: it is in maintenance mode and has none", $"Give it one with: provision {node.Name}");
            using var talos = TalosClient.ForConfigured(address, port, identity, time);
            return await talos.MachineConfigAsync(cancellation) ?? throw new ProvisionException(FailureCode.TalosUnreachable, $"{attempt}: it has none", $"Look what it does with: talosctl -n {address} dashboard");
        }
        catch (TalosTrustException e) when (e.Failure is TalosTrustFailure.ServerOfAnotherCa or TalosTrustFailure.ClientCertificateRefused)
        {
            throw new ProvisionException(FailureCode.TalosForeign, $"{attempt}: {e.Message}", null, e);
        }
        catch (Exception e) when (e is TalosTrustException or TalosRpcException)
        {
            throw new ProvisionException(FailureCode.TalosUnreachable, $"{attempt}: {Redaction.Of(e.Message)}", null, e);
        }
    }

    /// <summary>A worker's config has no key of the CA, so that of a control plane is used, or the talosconfig.</summary>
    private async Task<TalosIdentity> IdentityAsync(MachineConfig config, CancellationToken cancellation)
    {
        var known = new List<MachineConfig> { config };
        if (config.CaKeyPem is null)
            foreach (var other in cluster.Nodes.Where(n => n.Role == NodeRole.ControlPlane)) known.Add(await configs.LoadAsync(other, cancellation));
        return ClusterIdentity.Of(cluster, known, _ => { }, time);
    }

    private async Task<IPAddress> AddressAsync(NodeSpec node, CancellationToken cancellation)
    {
        // Robot's credentials are asked for only where provision.yaml does not say it.
        var servers = new ServerLook(node.Address is null ? RobotAccount.Open(cluster.Robot, time, NullLoggerFactory.Instance) : null, time);
        return await servers.AddressAsync(node, cancellation)
            ?? throw new ProvisionException(FailureCode.ServerUnusable, $"Robot gives no main IPv4 address for server {node.ServerNumber} of {node.Name}", "Write its address into provision.yaml.");
    }
}
