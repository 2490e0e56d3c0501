namespace Kronform.Provision.Cluster.MachineConfigs;

/// <summary>A document of a machine config that tells Talos on which disk to put a volume.</summary>
/// <param name="Kind">VolumeConfig, UserVolumeConfig, RawVolumeConfig, SwapVolumeConfig or ExistingVolumeConfig.</param>
/// <param name="Name">EPHEMERAL, STATE or a user's name; empty when the document has none.</param>
/// <param name="Match">The expression of <c>provisioning.diskSelector.match</c>.</param>
/// <param name="WholeDisk"><c>volumeType: disk</c>: the volume takes the whole disk, and Talos refuses several matches.</param>
public sealed record VolumeDocument(string Kind, string Name, ConfigText Match, bool WholeDisk)
{
    /// <summary>The field of the expression, for messages.</summary>
    public string Field => $"{Title}.provisioning.diskSelector.match";

    public string Title => Name.Length == 0 ? Kind : $"{Kind} {Name}";
}
