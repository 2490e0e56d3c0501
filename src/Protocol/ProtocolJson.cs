using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kronform.Provision.Protocol;

/// <summary>The one way both ends turn these records into JSON and back.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(AgentEvent))]
[JsonSerializable(typeof(WriteOrder))]
[JsonSerializable(typeof(VerifyOrder))]
[JsonSerializable(typeof(NeutraliseOrder))]
[JsonSerializable(typeof(HostInventory))]
[JsonSerializable(typeof(BlockDevice))]
public sealed partial class ProtocolJson : JsonSerializerContext
{
    /// <summary>One line without its line end.</summary>
    public static string ToLine(AgentEvent agentEvent) => JsonSerializer.Serialize(agentEvent, Default.AgentEvent);

    /// <summary>Null when the line is not an event at all (stray output of the far side's shell).</summary>
    public static AgentEvent? FromLine(string line)
    {
        if (!line.StartsWith('{')) return null;
        try
        {
            return JsonSerializer.Deserialize(line, Default.AgentEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
