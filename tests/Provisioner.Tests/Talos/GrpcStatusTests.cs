using System.Net;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kronform.Provision.Talos;
using Kronform.Provision.Talos.Protos.Common;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Talos;

/// <summary>How a call ended, as the wire spells it.</summary>
public sealed class GrpcStatusTests
{
    [Theory]
    [InlineData("0", null, GrpcCode.Ok, "")]
    [InlineData("9", "bootstrap is not available yet", GrpcCode.FailedPrecondition, "bootstrap is not available yet")]
    [InlineData("12", "etcd%20member%3A%0A%C3%A9", GrpcCode.Unimplemented, "etcd member:\né")]
    [InlineData("3", "100%, 5%zz", GrpcCode.InvalidArgument, "100%, 5%zz")]
    [InlineData("17", "new code", GrpcCode.Unknown, "new code")]
    [InlineData("-1", null, GrpcCode.Unknown, "")]
    [InlineData("many", null, GrpcCode.Unknown, "")]
    public void Code_and_message_are_read_and_what_is_not_known_is_unknown(string code, string? message, GrpcCode expected, string text)
    {
        var status = GrpcStatus.Read(Headers(code, message))!;

        Assert.Equal((expected, text), (status.Code, status.Message));
        Assert.Empty(status.Details);
    }

    [Fact]
    public void Without_a_code_there_is_no_status() => Assert.Null(GrpcStatus.Read(new HttpResponseMessage().Headers));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Details_are_kept_with_their_types_whether_padded_or_not(bool padded)
    {
        var rich = new RpcStatus { Code = 9, Message = "in detail", Details = { Any.Pack(new StringValue { Value = "etcd" }), Any.Pack(new Duration { Seconds = 5 }) } };
        var encoded = Convert.ToBase64String(rich.ToByteArray());

        var status = GrpcStatus.Read(Headers("9", null, padded ? encoded : encoded.TrimEnd('=')))!;

        Assert.Equal((GrpcCode.FailedPrecondition, "in detail"), (status.Code, status.Message));
        Assert.Equal(["google.protobuf.StringValue", "google.protobuf.Duration"], status.Details.Select(d => d.Type));
        Assert.Equal("etcd", StringValue.Parser.ParseFrom(status.Details[0].Value.Span).Value);
    }

    [Fact]
    public void The_message_of_its_own_wins_over_the_one_in_the_details() =>
        Assert.Equal("short", GrpcStatus.Read(Headers("9", "short", Convert.ToBase64String(new RpcStatus { Message = "long" }.ToByteArray())))!.Message);

    [Theory]
    [InlineData("not base64 at all!")]
    [InlineData("/////w==")]
    public void Details_that_cannot_be_read_are_no_reason_to_lose_the_status(string details)
    {
        var status = GrpcStatus.Read(Headers("6", "etcd data directory is not empty", details))!;

        Assert.Equal((GrpcCode.AlreadyExists, "etcd data directory is not empty", 0), (status.Code, status.Message, status.Details.Count));
    }

    [Theory]
    [InlineData(400, GrpcCode.Internal)]
    [InlineData(401, GrpcCode.Unauthenticated)]
    [InlineData(403, GrpcCode.PermissionDenied)]
    [InlineData(404, GrpcCode.Unimplemented)]
    [InlineData(429, GrpcCode.Unavailable)]
    [InlineData(502, GrpcCode.Unavailable)]
    [InlineData(503, GrpcCode.Unavailable)]
    [InlineData(504, GrpcCode.Unavailable)]
    [InlineData(500, GrpcCode.Unknown)]
    [InlineData(302, GrpcCode.Unknown)]
    public void An_HTTP_status_without_a_gRPC_one_has_the_code_gRPC_gives_it(int status, GrpcCode code) =>
        Assert.Equal(code, GrpcStatus.OfHttp((HttpStatusCode)status));

    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("Application/GRPC", true)]
    [InlineData("application/grpc-web", false)]
    [InlineData("text/html", false)]
    public void Only_gRPC_is_gRPC(string type, bool isGrpc) => Assert.Equal(isGrpc, GrpcStatus.IsGrpc(type));

    [Theory]
    [InlineData(10_000, "10000m")]
    [InlineData(0.2, "1m")]
    [InlineData(0, "1m")]
    [InlineData(-5, "1m")]
    [InlineData(99_999_999, "99999999m")]
    [InlineData(100_000_000, "100000S")]
    [InlineData(999_999_999_999, "99999999S")]
    public void A_deadline_fits_into_eight_digits(double milliseconds, string header) =>
        Assert.Equal(header, GrpcTimeout.Encode(TimeSpan.FromMilliseconds(milliseconds)));

    private static System.Net.Http.Headers.HttpResponseHeaders Headers(string code, string? message, string? details = null)
    {
        var headers = new HttpResponseMessage().Headers;
        headers.TryAddWithoutValidation("grpc-status", code);
        if (message is not null)
            headers.TryAddWithoutValidation("grpc-message", message);
        if (details is not null)
            headers.TryAddWithoutValidation("grpc-status-details-bin", details);
        return headers;
    }
}
