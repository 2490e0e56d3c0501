using Kronform.Provision.Failures;

namespace Kronform.Provision.Runs;

/// <summary>What a run does next. Reasons are sentences for the operator.</summary>
public abstract record NextAction
{
    /// <summary>Look again soon. Nothing is changed.</summary>
    public sealed record Wait(RunPhase Phase, string For) : NextAction;

    /// <summary>Arm the rescue system in Robot and reset the server into it.</summary>
    public sealed record EnterRescue(string Because) : NextAction;

    /// <summary>Deliver the agent, look at the disks, choose exactly one, write the image to it.</summary>
    public sealed record Install : NextAction;

    /// <summary>Disarm the rescue system and reboot from it into the disk that was just written.</summary>
    public sealed record Boot : NextAction;

    /// <summary>The image was written by an earlier attempt: read it back, and boot it only if it is still whole.</summary>
    public sealed record VerifyAndBoot : NextAction;

    /// <summary>Reset the server, not armed, so that it boots its disk.</summary>
    public sealed record ResetToDisk(string Because) : NextAction;

    public sealed record SendConfig : NextAction;

    public sealed record Bootstrap : NextAction;

    public sealed record Done : NextAction;

    public sealed record Stop(FailureCode Code, string Message, string? Remedy) : NextAction;
}
