namespace Kronform.Provision.Runs;

/// <summary>What the operator said on the command line, beyond the node's name.</summary>
public sealed record RunOptions
{
    /// <summary>Serials of disks whose data may be lost, in this run only.</summary>
    public IReadOnlyList<string> AllowDataLoss { get; init; } = [];

    /// <summary>Serials of disks that are not written to and must not take over the node: see <see cref="Disks.Neutralisation"/>.</summary>
    public IReadOnlyList<string> Neutralise { get; init; } = [];

    /// <summary>The only plan that may be carried out; null lets the run follow any clear one.</summary>
    public ApprovedPlan? Plan { get; init; }

    /// <summary>Whatever runs on the server now may be cut off by a reset.</summary>
    public bool AllowReset { get; init; }

    public RunLimits Limits { get; init; } = new();
}
