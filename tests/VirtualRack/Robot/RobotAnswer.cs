using System.Text.Json.Nodes;

namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>A status and a JSON body; null for an empty body.</summary>
internal sealed record RobotAnswer(int Status, JsonNode? Body)
{
    public static readonly RobotAnswer Empty = new(200, null);

    public static RobotAnswer Ok(JsonNode body) => new(200, body);

    public static RobotAnswer Error(int status, string code, string message) =>
        new(status, new JsonObject { ["error"] = new JsonObject { ["status"] = status, ["code"] = code, ["message"] = message } });

    public static RobotAnswer Missing(params string[] parameters) => InvalidInput(parameters, []);

    public static RobotAnswer Invalid(params string[] parameters) => InvalidInput([], parameters);

    // The field is max_requests in reality and max_request in the document.
    public static RobotAnswer RateLimited(int limit, TimeSpan window) => new(403, new JsonObject
    {
        ["error"] = new JsonObject
        {
            ["status"] = 403,
            ["code"] = "RATE_LIMIT_EXCEEDED",
            ["max_requests"] = limit,
            ["interval"] = (int)window.TotalSeconds,
            ["message"] = "rate limit exceeded",
        },
    });

    public static RobotAnswer ServerNotFound => Error(404, "SERVER_NOT_FOUND", "Server not found");

    private static RobotAnswer InvalidInput(string[] missing, string[] invalid) => new(400, new JsonObject
    {
        ["error"] = new JsonObject
        {
            ["status"] = 400,
            ["code"] = "INVALID_INPUT",
            ["message"] = "invalid input",
            ["missing"] = Names(missing),
            ["invalid"] = Names(invalid),
        },
    });

    private static JsonArray? Names(string[] names) => names.Length == 0 ? null : [.. names.Select(n => (JsonNode)n)];
}
