using System.Text;
using Kronform.Provision.Failures;
using Kronform.Provision.Files;

namespace Kronform.Provision.Cluster.Kubeconfigs;

/// <summary>The operator's kubeconfig: read, merged, and replaced as a whole with mode 0600, or left as it was.</summary>
public static class KubeconfigFile
{
    /// <param name="incoming">As <see cref="Talos.TalosClient.KubeconfigAsync"/> gives it.</param>
    /// <returns>The context that leads to the cluster.</returns>
    /// <exception cref="ProvisionException"><see cref="FailureCode.Kubeconfig"/>; the file is as it was.</exception>
    public static string Merge(string path, byte[] incoming)
    {
        try
        {
            path = WholeFile.Target(path);
            string? existing = File.Exists(path) ? File.ReadAllText(path) : null;
            var (text, context) = KubeconfigMerge.Into(existing, Encoding.UTF8.GetString(incoming));
            if (text != existing) WholeFile.Write(path, Encoding.UTF8.GetBytes(text));
            return context;
        }
        catch (KubeconfigException e)
        {
            throw new ProvisionException(FailureCode.Kubeconfig, $"The kubeconfig {path} was left as it is: {e.Message}", "Name another file with --kubeconfig=PATH, or mend this one; a cluster that is gone: kubectl config delete-cluster NAME.", e.InnerException);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.Kubeconfig, $"Writing the kubeconfig {path}; it is as it was", "Make its folder writable, or name another file with --kubeconfig=PATH.", e);
        }
    }
}
