namespace Kronform.Provision.Runs;

/// <summary>What the operator said on the command line, beyond the node's name.</summary>
public sealed record RunOptions
{
    /// <summary>Serials of disks whose data may be lost, in this run only.</summary>
    public IReadOnlyList<string> AllowDataLoss { get; init; } = [];

    /// <summary>Whatever runs on the server now may be cut off by a reset.</summary>
    public bool AllowReset { get; init; }

    public RunLimits Limits { get; init; } = new();
}
