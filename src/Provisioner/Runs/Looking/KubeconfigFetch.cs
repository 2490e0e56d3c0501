using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Kubeconfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Looking;

/// <summary>Asks the control planes, one after the other, for a kubeconfig and merges the first into the operator's.</summary>
public static class KubeconfigFetch
{
    /// <returns>One sentence for the operator.</returns>
    /// <exception cref="ProvisionException"><see cref="FailureCode.Kubeconfig"/>.</exception>
    public static async Task<string> RunAsync(RunServices services, string path, CancellationToken cancellation)
    {
        var refusals = new List<string>();
        foreach (var node in services.Cluster.Nodes.Where(n => n.Role == NodeRole.ControlPlane))
        {
            if (await services.Servers.AddressAsync(node, cancellation) is not { } address)
            {
                refusals.Add($"{node.Name}: its address is not in provision.yaml, and Robot did not tell it");
                continue;
            }

            try
            {
                using var talos = TalosClient.ForConfigured(address, TalosClient.DefaultPort, services.Identity, services.Time);
                byte[] kubeconfig = await talos.KubeconfigAsync(cancellation);
                string context = KubeconfigFile.Merge(path, kubeconfig);
                return $"the kubeconfig is in {path}: kubectl --context {context}";
            }
            catch (Exception e) when (e is TalosRpcException or TalosTrustException or InvalidDataException)
            {
                refusals.Add($"{node.Name}: {e.Message}");
            }
        }

        throw new ProvisionException(FailureCode.Kubeconfig, $"No control plane gave a kubeconfig: {string.Join("; ", refusals)}", "Look at them with: provision status.");
    }
}
