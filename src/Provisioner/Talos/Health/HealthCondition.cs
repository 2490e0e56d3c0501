using System.Text.Json.Serialization;

namespace Kronform.Provision.Talos;

public enum ConditionState
{
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>Not so yet; the node is not healthy before it is.</summary>
    [JsonStringEnumMemberName("waiting")]
    Waiting,

    /// <summary>Not so, worth knowing, and no reason to call the node unhealthy.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    /// <summary>Has no meaning for this node or this version of Talos.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,

    /// <summary>Nobody was asked, so nothing is claimed.</summary>
    [JsonStringEnumMemberName("not-asked")]
    NotAsked,
}

/// <param name="Name">Stable, in kebab-case.</param>
/// <param name="Reason">One clause; for <see cref="ConditionState.Waiting"/> it goes on after "waiting for".</param>
public sealed record HealthCondition(string Name, ConditionState State, string Reason);
