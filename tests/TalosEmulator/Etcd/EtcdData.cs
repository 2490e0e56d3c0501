using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kronform.Provision.TalosEmulator.Etcd;

/// <param name="Address">Without port; all members use the same ones.</param>
internal sealed record EtcdMemberEntry(ulong Id, string Hostname, string Address, bool IsLearner);

/// <summary>A member's copy of the member list; of two copies of one cluster the one with the higher revision is right.</summary>
internal sealed record EtcdData(ulong ClusterId, ulong MemberId, long Revision, IReadOnlyList<EtcdMemberEntry> Members)
{
    public EtcdMemberEntry? Self => Members.FirstOrDefault(m => m.Id == MemberId);

    /// <summary>
    /// A new learner. A member of the same host name is taken for what the node was before it lost its data, and goes, as in
    /// Talos's join code: host names must be unique.
    /// </summary>
    public EtcdData WithLearner(EtcdMemberEntry learner) => this with
    {
        Revision = Revision + 1,
        Members = [.. Members.Where(m => m.Hostname != learner.Hostname && m.Id != learner.Id), learner with { IsLearner = true }],
    };

    public EtcdData WithPromoted(ulong id) => this with
    {
        Revision = Revision + 1,
        Members = [.. Members.Select(m => m.Id == id ? m with { IsLearner = false } : m)],
    };
}

/// <summary>One question between control planes (or of a worker, for its certificate).</summary>
internal sealed record PeerRequest(string Operation)
{
    public const string Status = "status";
    public const string Join = "join";
    public const string Promote = "promote";
    public const string Certificate = "certificate";

    public EtcdMemberEntry? Member { get; init; }

    /// <summary>Already passed on once; the receiver must decide itself.</summary>
    public bool Forwarded { get; init; }

    /// <summary>SubjectPublicKeyInfo, for <see cref="Certificate"/>.</summary>
    public byte[]? PublicKey { get; init; }

    public string? Hostname { get; init; }

    public IReadOnlyList<string>? Names { get; init; }

    public IReadOnlyList<string>? Addresses { get; init; }
}

internal sealed record PeerReply
{
    public EtcdData? Data { get; init; }

    public byte[]? Certificate { get; init; }

    public string? Error { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EtcdData))]
[JsonSerializable(typeof(PeerRequest))]
[JsonSerializable(typeof(PeerReply))]
internal sealed partial class EtcdJson : JsonSerializerContext;
