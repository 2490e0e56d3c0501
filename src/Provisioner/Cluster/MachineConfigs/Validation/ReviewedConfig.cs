using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Validation;

/// <summary>A machine config under its node's role and Talos version, with the questions that rules ask.</summary>
internal sealed class ReviewedConfig(IReadOnlyList<YamlMap> documents, NodeRole role, TalosVersion version)
{
    public YamlMap Main { get; } = documents.First(d => d.Find("kind") is null);

    public IReadOnlyList<YamlMap> Others { get; } = [.. documents.Where(d => d.Find("kind") is not null)];

    public NodeRole Role => role;

    public TalosVersion Version => version;

    public bool IsWorker => role == NodeRole.Worker;

    /// <summary>The entry at a dotted path of the main document, when it has a value.</summary>
    public YamlEntry? Find(string path) => Main.FindPath(path.Split('.')) is { } entry && !IsEmpty(entry.Value) ? entry : null;

    public string? Text(string path) => (Find(path)?.Value as YamlText)?.Value;

    public bool IsTrue(string path) => Text(path) == "true";

    public IEnumerable<YamlMap> Items(string path) => (Find(path)?.Value as YamlList)?.Items.OfType<YamlMap>() ?? [];

    public IEnumerable<YamlMap> OfKind(string kind) => Others.Where(d => d.Find("kind")?.Value is YamlText text && text.Value == kind);

    public static bool IsEmpty(YamlNode node) => node is YamlText { Value.Length: 0 } or YamlText { IsNull: true };
}
