using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>What a document of a machine config is found by. The main one (<c>version</c>, <c>machine</c>, <c>cluster</c>) has no kind.</summary>
internal sealed record DocumentId(string ApiVersion, string Kind, string Name)
{
    public bool IsMain => Kind.Length == 0;

    public static DocumentId Of(YamlMap document)
    {
        string kind = Text(document, "kind");
        // The main document's own top level has neither apiVersion nor name that could tell it apart.
        return kind.Length == 0 ? new DocumentId("", "", "") : new DocumentId(Text(document, "apiVersion"), kind, Text(document, "name"));
    }

    public override string ToString() => IsMain ? "the main document" : Name.Length == 0 ? Kind : $"{Kind} {Name}";

    private static string Text(YamlMap document, string key) => document.Find(key)?.Value is YamlText { IsNull: false } text ? text.Value : "";
}
