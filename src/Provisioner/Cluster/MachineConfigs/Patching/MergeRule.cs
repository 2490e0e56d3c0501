namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>How the patch's value meets the one that is there.</summary>
internal enum MergeRule
{
    /// <summary>Maps key by key, lists appended, single values replaced unless the patch's is zero.</summary>
    Usual,

    /// <summary>The patch's value takes the place of the other, lists and maps included.</summary>
    Replace,

    /// <summary>A map whose values are replaced one by one, empty ones too.</summary>
    ReplaceEachKey,

    /// <summary>A list whose elements are merged when they agree in a key.</summary>
    ByKey,

    /// <summary>The same, and the element is replaced as a whole.</summary>
    ReplaceByKey,
}
