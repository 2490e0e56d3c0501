namespace Kronform.Provision.Talos;

public enum ApplyOutcome
{
    /// <summary>The node read the config and does not want it.</summary>
    Rejected,

    /// <summary>The node does not take configs from anybody: an image that is driven by a provider.</summary>
    AgentMode,

    /// <summary>The config itself was not judged: another one is being applied, or has been.</summary>
    NotNow,

    /// <summary>Nobody knows whether it was applied. Look at the node; never send again blindly.</summary>
    Unknown,
}

/// <summary>
/// What a failed ApplyConfiguration means. Up to 1.12 a config that cannot be parsed is Unknown and an invalid one
/// InvalidArgument; from 1.13 on both are InvalidArgument, and FailedPrecondition says that it is not the time.
/// </summary>
public static class ApplyRefusal
{
    public static ApplyOutcome Of(GrpcCode code, string detail) => code switch
    {
        GrpcCode.Unimplemented when detail.Contains("agent mode", StringComparison.Ordinal) => ApplyOutcome.AgentMode,
        GrpcCode.InvalidArgument or GrpcCode.Unknown or GrpcCode.Unimplemented or GrpcCode.OutOfRange or GrpcCode.ResourceExhausted => ApplyOutcome.Rejected,
        // "another apply configuration is already in progress", "configuration was already applied and node is rebooting …".
        GrpcCode.FailedPrecondition when detail.Contains("already", StringComparison.Ordinal) => ApplyOutcome.NotNow,
        GrpcCode.FailedPrecondition => ApplyOutcome.Rejected,
        // From 1.13 on whoever has no certificate may send a config only while the node has none that is complete.
        GrpcCode.PermissionDenied => ApplyOutcome.NotNow,
        _ => ApplyOutcome.Unknown,
    };
}
