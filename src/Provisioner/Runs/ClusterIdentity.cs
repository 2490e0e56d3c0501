using System.Security.Cryptography;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Talos;
using Kronform.Provision.Talos.Contexts;
using Kronform.Provision.Talos.Pki;

namespace Kronform.Provision.Runs;

/// <summary>
/// Who a run is to the cluster's configured nodes: an administrator it makes itself where a machine config holds the key of the
/// Talos CA, else the one of the talosconfig that provision.yaml names.
/// </summary>
public static class ClusterIdentity
{
    /// <exception cref="ProvisionException">
    /// <see cref="FailureCode.MachineConfigInvalid"/> or <see cref="FailureCode.Talosconfig"/>: neither gives one that can be used.
    /// </exception>
    /// <param name="warn">Takes what is worth telling of an identity that can be used.</param>
    public static TalosIdentity Of(ClusterSpec cluster, IReadOnlyList<MachineConfig> configs, Action<string> warn, TimeProvider time)
    {
        if (configs.FirstOrDefault(c => c.CaKeyPem is not null) is { } withKey)
            return FromMachineConfig(withKey, Accepted(configs), time);
        if (cluster.Talosconfig is not { } path)
            throw new ProvisionException(FailureCode.MachineConfigInvalid, $"No machine config of cluster {cluster.Name} holds the key of the Talos CA, so nothing can talk to configured nodes", "Name a control plane with its machine config in provision.yaml, or a talosconfig under cluster.talosconfig.");
        return FromTalosconfig(path, configs, warn, time);
    }

    /// <summary>While the CA is being replaced, part of the nodes shows certificates of the one and part of the other.</summary>
    private static List<string> Accepted(IReadOnlyList<MachineConfig> configs) =>
        [.. configs.SelectMany(c => c.AcceptedCas).DistinctBy(a => a.Fingerprint).Select(a => a.Pem)];

    private static TalosIdentity FromMachineConfig(MachineConfig config, List<string> accepted, TimeProvider time)
    {
        try
        {
            using var ca = TalosCa.FromPem(config.CaCertificatePem, config.CaKeyPem!.Reveal());
            return TalosIdentity.FromCa(ca, time, accepted);
        }
        catch (CryptographicException e)
        {
            throw new ProvisionException(FailureCode.MachineConfigInvalid, $"The Talos CA in {config.File} (machine.ca) cannot be used", null, e);
        }
    }

    private static TalosIdentity FromTalosconfig(string path, IReadOnlyList<MachineConfig> configs, Action<string> warn, TimeProvider time)
    {
        var problems = new List<string>();
        foreach (var context in TalosconfigFile.Read(path))
        {
            try
            {
                // Judged before the accepted CAs are added, which would make every context one of this cluster.
                if (configs.Count > 0 && !IsOf(configs[0], context))
                {
                    problems.Add($"context \"{context.Name}\" is of another cluster than {configs[0].File}");
                    continue;
                }

                var identity = TalosIdentity.FromPem(context.CaPem, context.CertificatePem, context.KeyPem.Reveal(), Accepted(configs));
                if (Doubt(identity, time.GetUtcNow()) is { } doubt)
                {
                    problems.Add($"the certificate of context \"{context.Name}\" {doubt}");
                    identity.Dispose();
                    continue;
                }

                if (!identity.Roles.Contains(TalosIdentity.AdminRole))
                    warn($"the certificate of context \"{context.Name}\" in {path} has not the role {TalosIdentity.AdminRole}; Talos will refuse part of what a run needs");
                return identity;
            }
            catch (CryptographicException e)
            {
                problems.Add($"context \"{context.Name}\" cannot be used: {e.Message}");
            }
        }

        throw new ProvisionException(FailureCode.Talosconfig, $"No context of {path} can be used for this cluster: {string.Join("; ", problems)}", "Make a new one with: talosctl config new, on a control plane of this cluster.");
    }

    private static string? Doubt(TalosIdentity identity, DateTimeOffset now)
    {
        DateTimeOffset begins = identity.Client.NotBefore.ToUniversalTime(), ends = identity.Client.NotAfter.ToUniversalTime();
        return ends <= now ? $"expired on {ends:yyyy-MM-dd HH:mm} UTC"
            : begins > now ? $"is valid only from {begins:yyyy-MM-dd HH:mm} UTC; is this machine's clock right?"
            : null;
    }

    private static bool IsOf(MachineConfig config, TalosContext context)
    {
        using var identity = TalosIdentity.FromPem(context.CaPem, context.CertificatePem, context.KeyPem.Reveal());
        return identity.Authorities.Any(a => config.CaFingerprints.Contains(Fingerprint(a.RawData)));
    }

    private static string Fingerprint(byte[] der) => Convert.ToHexStringLower(SHA256.HashData(der));
}
