using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kronform.Provision.VirtualRack.Hosting;

/// <summary>How everything the rack writes or answers is spelled: camelCase, enums as words, addresses as text.</summary>
public static class RackJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower), new AddressConverter() },
    };

    private sealed class AddressConverter : JsonConverter<IPAddress>
    {
        public override IPAddress Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            IPAddress.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
