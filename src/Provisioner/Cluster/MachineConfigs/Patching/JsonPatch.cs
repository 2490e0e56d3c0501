using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>A list of operations after RFC 6902, in JSON or YAML, applied to one document.</summary>
internal sealed class JsonPatch(ProblemList problems)
{
    public YamlNode Apply(YamlNode document, YamlList operations)
    {
        foreach (var operation in operations.Items)
        {
            if (operation is not YamlMap map)
            {
                problems.Add(operation, "", "is not an operation", "write op, path and value");
                continue;
            }

            document = ApplyOne(document, map) ?? document;
        }

        return document;
    }

    private YamlNode? ApplyOne(YamlNode document, YamlMap operation)
    {
        if (Text(operation, "op") is not { } op || Pointer(operation, "path") is not { } path) return null;
        switch (op)
        {
            case "add": return Value(operation) is { } added ? Told(operation, JsonPointer.Add(document, path, added)) : null;
            case "remove": return Told(operation, JsonPointer.Remove(document, path));
            case "replace": return Value(operation) is { } replaced ? Told(operation, JsonPointer.Replace(document, path, replaced)) : null;
            case "test":
                if (Value(operation) is { } expected && (JsonPointer.Find(document, path) is not { } found || !YamlEquality.Same(found, expected)))
                    problems.Add(operation, Shown(operation), "is not what the test expects", "correct the patch; nothing after it was looked at");
                return null;
            case "copy" or "move":
                if (Pointer(operation, "from") is not { } from) return null;
                if (JsonPointer.Find(document, from) is not { } source) return Told(operation, null);
                var rest = op == "move" ? JsonPointer.Remove(document, from)! : document;
                return Told(operation, JsonPointer.Add(rest, path, source));
            default:
                problems.Add(operation.Find("op")!.Key, "op", $"\"{op}\" is not an operation", "write add, remove, replace, move, copy or test");
                return null;
        }
    }

    private YamlNode? Told(YamlMap operation, YamlNode? result)
    {
        if (result is null) problems.Add(operation, Shown(operation), "leads to nothing in the config", "correct the path; add creates a last key, but not the way to it");
        return result;
    }

    private YamlNode? Value(YamlMap operation)
    {
        if (operation.Find("value") is { } value) return value.Value;
        problems.Add(operation, Shown(operation), "has no value", "write value");
        return null;
    }

    private IReadOnlyList<string>? Pointer(YamlMap operation, string key)
    {
        if (Text(operation, key) is not { } text) return null;
        if (JsonPointer.Parse(text) is { } pointer) return pointer;
        problems.Add(operation.Find(key)!.Key, key, $"\"{text}\" is not a JSON pointer", "write one like /machine/network/hostname");
        return null;
    }

    private string? Text(YamlMap operation, string key)
    {
        if (operation.Find(key)?.Value is YamlText text) return text.Value;
        problems.Add(operation, key, "is missing", "write op, path and value");
        return null;
    }

    private static string Shown(YamlMap operation) => operation.Find("path")?.Value is YamlText path ? path.Value : "path";
}
