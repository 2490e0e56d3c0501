using System.Globalization;
using System.Text.Json;

namespace Kronform.Provision.Servers;

/// <summary>
/// Reading values out of Robot's JSON, whose types vary between endpoints, between states of one object, and between the
/// document and reality. Absent, null and empty are one thing here.
/// </summary>
internal static class RobotElement
{
    /// <summary>The value as text, whatever scalar it is; null when there is none.</summary>
    public static string? Text(this JsonElement parent, string name) => Scalar(Member(parent, name));

    public static int? Number(this JsonElement parent, string name) =>
        int.TryParse(parent.Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static bool? Flag(this JsonElement parent, string name) => parent.Text(name) switch
    {
        "true" or "True" or "1" => true,
        "false" or "False" or "0" => false,
        _ => null,
    };

    /// <summary>The members of a list, which may come as an array, as an object keyed by position, as a lone scalar, or not at all.</summary>
    public static IReadOnlyList<JsonElement> Items(this JsonElement parent, string name)
    {
        var value = Member(parent, name);
        return value.ValueKind switch
        {
            JsonValueKind.Array => [.. value.EnumerateArray()],
            JsonValueKind.Object => [.. value.EnumerateObject().Select(p => p.Value)],
            _ when Scalar(value) is not null => [value],
            _ => [],
        };
    }

    public static IReadOnlyList<string> Texts(this JsonElement parent, string name) =>
        [.. parent.Items(name).Select(Scalar).OfType<string>()];

    /// <summary>The object inside <c>{"name": {…}}</c>, or the element itself when it is not wrapped.</summary>
    public static JsonElement Unwrapped(this JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Object } inner ? inner : element;

    public static JsonElement Member(this JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : default;

    public static string? Scalar(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : null,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };
}
