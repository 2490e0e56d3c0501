using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kronform.Provision.Cluster;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Looking;

/// <summary>What <c>provision status</c> says of one node. Null means not told; docs/output.md describes the JSON.</summary>
public sealed record NodeStanding
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public string Event { get; } = "node-status";

    public required string Node { get; init; }

    public required string Role { get; init; }

    public string? Address { get; init; }

    /// <summary>One of <see cref="KindOf"/>'s names, or <c>unknown</c> when the node could not be looked at.</summary>
    public required string What { get; init; }

    /// <summary>Why it is believed to be that; one sentence.</summary>
    public required string Evidence { get; init; }

    public string? TalosVersion { get; init; }

    public string? Stage { get; init; }

    /// <summary><c>voter</c>, <c>learner</c>, or <c>none</c>.</summary>
    public string? Etcd { get; init; }

    public bool? Healthy { get; init; }

    /// <summary>What the disks say; one clause.</summary>
    public string? Disks { get; init; }

    public IReadOnlyList<HealthCondition>? Health { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static NodeStanding Of(NodeSpec node, string? address, Observation observation, string? version, TalosStage? stage, string? disks)
    {
        var configured = observation as Observation.Configured;
        return new NodeStanding
        {
            Node = node.Name,
            Role = node.Role.Spelling(),
            Address = address,
            What = KindOf(observation),
            Evidence = observation.Evidence,
            TalosVersion = version,
            Stage = stage?.ToString().ToLowerInvariant(),
            Etcd = configured is null || node.Role == NodeRole.Worker ? null : EtcdRole(configured),
            Healthy = configured?.Health.IsHealthy,
            Health = configured?.Health.Conditions,
            Disks = disks,
        };
    }

    public static string KindOf(Observation observation) => observation switch
    {
        Observation.Silent => "silent",
        Observation.Rescue => "rescue",
        Observation.RescueOfOthers => "rescue-of-others",
        Observation.WrongHostKey => "wrong-host-key",
        Observation.UnprovenRescue => "unproven-rescue",
        Observation.ForeignSystem => "foreign-system",
        Observation.Vkvm => "vkvm",
        Observation.Unclear => "unclear",
        Observation.Maintenance { Ours: true } => "maintenance-ours",
        Observation.Maintenance => "maintenance",
        Observation.Configured => "configured",
        Observation.ConfiguredForeign => "configured-foreign",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The node's own word: it is a member when its health says that it is, or that it is a learner.</summary>
    private static string? EtcdRole(Observation.Configured configured) => configured.Health.Conditions.FirstOrDefault(c => c.Name == "etcd-member") switch
    {
        { State: ConditionState.Ok } => "voter",
        { State: ConditionState.Waiting } c when c.Reason.StartsWith("etcd learner", StringComparison.Ordinal) => "learner",
        _ when configured.Health.IsJoining => "none",
        _ => null,
    };
}
