using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>Turns the first line of standard input into an order, or says what is wrong with it without repeating it.</summary>
internal static class OrderCheck
{
    private const int LongestNonce = 1024;

    public static WriteOrder ParseWrite(string line)
    {
        var order = Parse(line, ProtocolJson.Default.WriteOrder);
        CheckDisk(order.Disk);
        CheckDigest(order.DiskStateHash, "the disk state hash");
        CheckNonce(order.BootNonce);
        CheckImage(order.Image);
        return order;
    }

    public static VerifyOrder ParseVerify(string line)
    {
        var order = Parse(line, ProtocolJson.Default.VerifyOrder);
        CheckDisk(order.Disk);
        CheckDigest(order.ContentDigest, "the content digest");
        CheckNonce(order.BootNonce);
        Require(order.WrittenBytes > 0 && order.WrittenBytes % 512 == 0 && order.WrittenBytes <= order.Disk.SizeBytes,
            "the written bytes must be whole sectors and fit on the disk");
        return order;
    }

    private static void CheckImage(ImageSource image)
    {
        CheckDigest(image.Sha256, "the image digest");
        Require(image.LengthBytes is null or > 0, "the image's length must be positive");
        Require(image.ExpandedBytes is null or > 0, "the image's expanded size must be positive");
        switch (image.Kind)
        {
            case "stdin":
                Require(image.LengthBytes is not null, "an image on standard input needs its length");
                break;
            case "http":
                Require(IsHttp(image.Url), "the image's url must be http or https");
                Require(image.Mirrors.All(IsHttp), "the image's mirrors must be http or https");
                break;
            default:
                throw Bad($"image source '{image.Kind}' is not known");
        }
    }

    private static bool IsHttp(string? address) => Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";

    private static void CheckDisk(DiskIdentity disk)
    {
        Require(!string.IsNullOrWhiteSpace(disk.Serial) || !string.IsNullOrWhiteSpace(disk.Wwn), "the disk needs a serial or a WWN");
        Require(disk.SizeBytes > 0, "the disk needs its exact size");
    }

    private static void CheckNonce(string nonce) =>
        Require(nonce.Length is > 0 and <= LongestNonce, $"the boot nonce must have 1 to {LongestNonce} characters");

    private static void CheckDigest(string digest, string what) =>
        Require(digest.Length == 64 && digest.All(char.IsAsciiHexDigitLower), $"{what} must be 64 lower-case hex digits");

    private static T Parse<T>(string line, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(line, type) ?? throw Bad("it is empty");
        }
        catch (JsonException malformed)
        {
            throw Bad("it is not the JSON of one", malformed);
        }
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw Bad(otherwise);
    }

    private static AgentFailure Bad(string because, Exception? cause = null) =>
        new(AgentFailureCodes.BadOrder, $"Reading the order: {because}", cause);
}
