using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Kronform.Provision.Talos.Protos.Common;

namespace Kronform.Provision.Talos;

/// <summary>How a call ended, read from headers or trailers (gRPC over HTTP/2, "Responses").</summary>
internal sealed record GrpcStatus(GrpcCode Code, string Message, IReadOnlyList<TalosErrorDetail> Details)
{
    /// <returns>Null when there is no grpc-status among them.</returns>
    public static GrpcStatus? Read(HttpHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("grpc-status", out var status))
            return null;

        // A code that is not known counts as Unknown, whatever it was meant to say.
        var code = int.TryParse(status.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Enum.IsDefined((GrpcCode)number)
            ? (GrpcCode)number
            : GrpcCode.Unknown;
        var message = headers.NonValidated.TryGetValues("grpc-message", out var encoded) ? PercentDecode(encoded.ToString()) : "";
        var details = headers.NonValidated.TryGetValues("grpc-status-details-bin", out var binary) ? ReadDetails(binary.ToString()) : null;
        return new GrpcStatus(
            code,
            message.Length > 0 ? message : details?.Message ?? "",
            [.. (details?.Details ?? []).Select(d => new TalosErrorDetail(d.TypeUrl.Split('/')[^1], d.Value.ToByteArray()))]);
    }

    /// <summary>`application/grpc`, or with the encoding of the messages behind a plus or a semicolon.</summary>
    public static bool IsGrpc(string mediaType) =>
        mediaType.Equals("application/grpc", StringComparison.OrdinalIgnoreCase) || mediaType.StartsWith("application/grpc+", StringComparison.OrdinalIgnoreCase);

    /// <summary>For an answer without a status of its own (gRPC, "HTTP to gRPC Status Code Mapping").</summary>
    public static GrpcCode OfHttp(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => GrpcCode.Internal,
        HttpStatusCode.Unauthorized => GrpcCode.Unauthenticated,
        HttpStatusCode.Forbidden => GrpcCode.PermissionDenied,
        HttpStatusCode.NotFound => GrpcCode.Unimplemented,
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => GrpcCode.Unavailable,
        _ => GrpcCode.Unknown,
    };

    /// <summary>
    /// For a call that was broken off with an HTTP/2 error code. gRPC would make Internal or PermissionDenied of some of them,
    /// which reads like an answer of the node; here a call whose outcome nobody told is Cancelled or Unavailable, nothing else.
    /// </summary>
    public static GrpcCode OfBrokenCall(Exception cause)
    {
        const long Cancel = 0x8;
        for (var e = cause; e is not null; e = e.InnerException)
        {
            if (e is HttpProtocolException { ErrorCode: Cancel })
                return GrpcCode.Cancelled;
        }

        return GrpcCode.Unavailable;
    }

    /// <summary>Undoes gRPC's percent-encoding of UTF-8; anything malformed stays as it is, since it is only a text to show.</summary>
    internal static string PercentDecode(string encoded)
    {
        if (!encoded.Contains('%', StringComparison.Ordinal))
            return encoded;

        var bytes = new List<byte>(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '%' && i + 2 < encoded.Length
                && byte.TryParse(encoded.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(encoded, i, 1));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>A google.rpc.Status; binary headers are base64, with or without padding. What cannot be read is no reason to fail.</summary>
    private static RpcStatus? ReadDetails(string encoded)
    {
        try
        {
            var text = encoded.Trim().TrimEnd('=');
            return RpcStatus.Parser.ParseFrom(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '=')));
        }
        catch (Exception e) when (e is FormatException or InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
