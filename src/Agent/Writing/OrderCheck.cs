using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>Turns the first line of standard input into an order, or says what is wrong with it without repeating it.</summary>
internal static class OrderCheck
{
    private const int LongestNonce = 1024;

    /// <summary>Far more than names and checksums of two tables and the first sector take, in sectors of any size.</summary>
    private const int MostChangedBytes = 256 * 1024;

    public static WriteOrder ParseWrite(string line)
    {
        var order = Parse(line, ProtocolJson.Default.WriteOrder);
        CheckDisk(order.Disk);
        CheckDigest(order.DiskStateHash, "the disk state hash");
        CheckDigest(order.PlanHash, "the plan hash");
        Require(!string.IsNullOrWhiteSpace(order.Node), "the order needs the node's name");
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

    public static NeutraliseOrder ParseNeutralise(string line)
    {
        var order = Parse(line, ProtocolJson.Default.NeutraliseOrder);
        CheckDisk(order.Disk);
        CheckDigest(order.DiskStateHash, "the disk state hash");
        if (order.Changes is not { } changes) return order;
        Require(changes.Count > 0, "there are no changes in it");
        foreach (var change in changes)
        {
            Require(change is { Before: { Length: > 0 } before, After: { } after, What: not null } && before.Length == after.Length, "a change needs as many bytes after as before");
            Require(change.OffsetBytes >= 0 && change.OffsetBytes <= order.Disk.SizeBytes - change.Before.Length, "a change lies outside the disk");
        }
        Require(changes.Sum(change => (long)change.Before.Length) <= MostChangedBytes, $"the changes have more than {MostChangedBytes} bytes");
        var placed = changes.OrderBy(change => change.OffsetBytes).ToArray();
        Require(placed.Zip(placed.Skip(1)).All(pair => pair.First.OffsetBytes + pair.First.Before.Length <= pair.Second.OffsetBytes), "two changes overlap");
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
