using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Talos.Pki;

namespace Kronform.Provision.Talos.Contexts;

/// <summary>A talosctl context for a cluster's administrator, made from the CA's key in a machine config.</summary>
public static class AdminContext
{
    /// <summary>As long as talosctl gives it.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(8760);

    /// <summary>
    /// With an Ed25519 key, as talosctl makes it. Its endpoints are the control planes' addresses in provision.yaml, else the host
    /// of the Kubernetes API, which is one of them or stands in front of them.
    /// </summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.MachineConfigInvalid"/> without a CA's key to be used.</exception>
    public static TalosContext Make(ClusterSpec cluster, IReadOnlyList<MachineConfig> configs, TimeProvider time)
    {
        var config = configs.FirstOrDefault(c => c.CaKeyPem is not null)
            ?? throw new ProvisionException(FailureCode.MachineConfigInvalid, $"No machine config of cluster {cluster.Name} holds the key of the Talos CA, so no administrator can be made", "Name a control plane with its machine config in provision.yaml.");
        try
        {
            using var ca = TalosCa.FromPem(config.CaCertificatePem, config.CaKeyPem!.Reveal());
            using var key = SigningKey.CreateEd25519();
            using var certificate = ca.SignClientCertificate(key.PublicKey, time, Lifetime, TalosIdentity.AdminRole);
            return new TalosContext(
                cluster.Name, Endpoints(cluster), [], ca.ExportCertificatePem(), certificate.ExportCertificatePem(), new Secret(key.ExportPem()));
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new ProvisionException(FailureCode.MachineConfigInvalid, $"The Talos CA in {config.File} (machine.ca) cannot be used", null, e);
        }
    }

    private static string[] Endpoints(ClusterSpec cluster)
    {
        string[] addresses = [.. cluster.Nodes.Where(n => n.Role == NodeRole.ControlPlane).Select(n => n.Address?.ToString()).OfType<string>()];
        return addresses.Length > 0 ? addresses : [cluster.Endpoint.Host];
    }
}
