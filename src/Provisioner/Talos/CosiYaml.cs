using YamlDotNet.RepresentationModel;

namespace Kronform.Provision.Talos;

/// <summary>Fields of a spec in YAML, under the first of their names that is there.</summary>
internal static class CosiYaml
{
    public static YamlNode? Child(YamlMappingNode node, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (node.Children.TryGetValue(new YamlScalarNode(name), out var child))
                return child;
        }

        return null;
    }

    /// <returns>Empty when the field is not there.</returns>
    public static string Text(YamlMappingNode node, params ReadOnlySpan<string> names) => (Child(node, names) as YamlScalarNode)?.Value ?? "";

    /// <returns>0 when the field is not there or no number.</returns>
    public static long Number(YamlMappingNode node, params ReadOnlySpan<string> names) => long.TryParse(Text(node, names), out var number) ? number : 0;

    public static bool Flag(YamlMappingNode node, string name) => Text(node, name) == "true";

    public static IReadOnlyList<string> Texts(YamlMappingNode node, params ReadOnlySpan<string> names) =>
        [.. (Child(node, names) as YamlSequenceNode)?.Children.OfType<YamlScalarNode>().Select(s => s.Value ?? "") ?? []];
}
