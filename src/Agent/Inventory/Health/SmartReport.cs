using System.Text.Json;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory.Health;

/// <summary>Reads what <c>smartctl --json --health</c> printed (smartctl(8), "EXIT STATUS"; the JSON of version 7).</summary>
internal static class SmartReport
{
    // Bits of the exit status. Those above speak of the past: attributes and logs of errors that the disk survived.
    private const int Failing = 1 << 3;
    private const int BelowThreshold = 1 << 4;

    /// <summary>Null when the disk gave no verdict: a virtual disk, an unknown USB bridge, no right to ask, output that is no JSON.</summary>
    public static SmartHealth? Parse(string output)
    {
        try
        {
            using var json = JsonDocument.Parse(output);
            return Judge(json.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static SmartHealth? Judge(JsonElement report)
    {
        var exit = Number(report, "smartctl", "exit_status") ?? 0;
        var verdict = Find(report, "smart_status", "passed")?.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => (bool?)null,
        };
        if (verdict is null && (exit & Failing) == 0) return null;

        if (Number(report, "smart_status", "nvme", "value") is { } warning and not 0)
            return new SmartHealth(false, $"critical warning 0x{warning:x2}");
        if (verdict != true || (exit & Failing) != 0)
            return new SmartHealth(false, Text(report, "smart_status", "scsi", "ie_string") is { } exception ? $"FAILED: {exception}" : "FAILED");
        // The disk passes itself, yet one of the attributes by which its maker foretells failure has run out.
        return (exit & BelowThreshold) != 0
            ? new SmartHealth(false, "a pre-failure attribute is at or below its threshold")
            : new SmartHealth(true);
    }

    private static JsonElement? Find(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return null;
        return element;
    }

    private static int? Number(JsonElement element, params ReadOnlySpan<string> path) =>
        Find(element, path) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt32(out var number) ? number : null;

    private static string? Text(JsonElement element, params ReadOnlySpan<string> path) =>
        Find(element, path) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;
}
