using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Disks.Cel;

namespace Kronform.Provision.Disks;

/// <summary>The disk that a volume document asks for.</summary>
/// <param name="Document">The document, with its place in the file.</param>
/// <param name="Conditions">All of them must hold; null when Talos understands the expression and this program does not.</param>
/// <param name="Unsupported">Why there are no conditions, as the end of a sentence.</param>
public sealed record VolumeSelector(VolumeDocument Document, IReadOnlyList<DiskPredicate>? Conditions, string? Unsupported = null)
{
    /// <summary>Asks for a kernel name, which Talos may give to another disk than the rescue system does.</summary>
    public bool UsesKernelName => Document.Match.Value.Contains("disk.dev_path", StringComparison.Ordinal);

    /// <summary>Null on a fault, which goes to the list: Talos would refuse the whole machine config for it.</summary>
    internal static VolumeSelector? Read(VolumeDocument document, ProblemList problems)
    {
        try
        {
            return new VolumeSelector(document, DiskExpression.Conditions(document.Match.Value, CelScope.Volume));
        }
        catch (CelException error) when (error.IsUnsupported)
        {
            return new VolumeSelector(document, null, error.Message);
        }
        catch (CelException error)
        {
            problems.Add(document.Match, document.Field, error.Message, "correct the expression; Talos would refuse the machine config");
            return null;
        }
    }
}
