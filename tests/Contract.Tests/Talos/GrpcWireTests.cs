extern alias provisioner;

using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kronform.Provision.Talos;
using Xunit;
using static Kronform.Provision.Contract.Tests.Talos.RawHttp2Server;
using RpcStatus = provisioner::Kronform.Provision.Talos.Protos.Common.RpcStatus;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>Calls against HTTP/2 frames written by hand: what a server may send, and what it should never send.</summary>
public sealed class GrpcWireTests
{
    private const string Path = "/machine.MachineService/Bootstrap";
    private static readonly byte[] Message = [0, 0, 0, 0, 6, 10, 4, .. "etcd"u8];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_may_be_cut_into_any_frames()
    {
        await using var server = new RawHttp2Server(r =>
        [
            Head(r.Stream), Frame(Ping, 0, 0, new byte[8]),
            .. Message.Select(b => Frame(Data, 0, r.Stream, b)),
            Frame(Data, 0, r.Stream), Frame(Data, Padded, r.Stream, [3, .. Message, 0, 0, 0]),
            Frame(Data, 0, r.Stream, [.. Message, .. Message]), Trailers(r.Stream, "0"),
        ]);

        Assert.Equal(["etcd", "etcd", "etcd", "etcd"], await StreamAsync(server));
    }

    [Fact]
    public async Task An_error_alone_comes_in_the_head_with_its_details()
    {
        var rich = new RpcStatus { Code = 9, Message = "long", Details = { Any.Pack(new StringValue { Value = "etcd" }) } };
        var details = Convert.ToBase64String(rich.ToByteArray()).TrimEnd('=');
        await using var server = new RawHttp2Server(r =>
        [
            Frame(Headers, EndHeaders | EndStream, r.Stream, Fields(
                (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "9"),
                ("grpc-message", "bootstrap is not available%20yet"), ("grpc-status-details-bin", details))),
        ]) { HangsUp = false };

        var e = await FailureAsync(server);

        Assert.Equal((GrpcCode.FailedPrecondition, "bootstrap is not available yet"), (e.Code, e.Detail));
        var detail = Assert.Single(e.Details);
        Assert.Equal(("google.protobuf.StringValue", "etcd"), (detail.Type, StringValue.Parser.ParseFrom(detail.Value.Span).Value));
    }

    [Fact]
    public async Task Headers_may_go_on_in_further_frames()
    {
        await using var server = new RawHttp2Server(r =>
        [
            Frame(Headers, EndStream, r.Stream, Fields((":status", "200"))), Frame(Continuation, 0, r.Stream, Fields(("content-type", "application/grpc"))),
            Frame(Continuation, EndHeaders, r.Stream, Fields(("grpc-status", "6"), ("grpc-message", "etcd data directory is not empty"))),
        ]);

        var e = await FailureAsync(server);

        Assert.Equal((GrpcCode.AlreadyExists, "etcd data directory is not empty"), (e.Code, e.Detail));
    }

    [Theory]
    [InlineData(0x8, GrpcCode.Cancelled, "CANCEL")]
    [InlineData(0x2, GrpcCode.Unavailable, "INTERNAL_ERROR")]
    [InlineData(0xb, GrpcCode.Unavailable, "ENHANCE_YOUR_CALM")]
    [InlineData(0xc, GrpcCode.Unavailable, "INADEQUATE_SECURITY")]
    public async Task A_call_that_is_broken_off_has_an_unknown_outcome_and_is_not_repeated(int error, GrpcCode code, string name)
    {
        await using var server = new RawHttp2Server(r => [Head(r.Stream), Frame(RstStream, 0, r.Stream, Number(error))]) { HangsUp = false };

        var e = await FailureAsync(server);

        Assert.Equal(code, e.Code);
        Assert.Contains(name, e.Detail, StringComparison.Ordinal);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_server_that_goes_away_in_good_order_may_finish_its_calls()
    {
        await using var server = new RawHttp2Server(r =>
            [Frame(GoAway, 0, 0, [.. Number(r.Stream), .. Number(0)]), Head(r.Stream), Frame(Data, 0, r.Stream, Message), Trailers(r.Stream, "0")]);

        Assert.Equal(["etcd"], await StreamAsync(server));
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_call_that_the_server_had_begun_when_it_went_away_is_not_repeated()
    {
        await using var server = new RawHttp2Server(r => [Frame(GoAway, 0, 0, [.. Number(r.Stream), .. Number(0)])]);

        Assert.Equal(GrpcCode.Unavailable, (await FailureAsync(server)).Code);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_connection_that_dies_before_the_answer_is_not_repeated()
    {
        await using var server = new RawHttp2Server(_ => []);

        Assert.Equal(GrpcCode.Unavailable, (await FailureAsync(server)).Code);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task Only_what_the_server_swears_not_to_have_seen_is_sent_again()
    {
        await using var server = new RawHttp2Server(r => r.Number == 1
            ? [Frame(GoAway, 0, 0, [.. Number(0), .. Number(0)])]
            : [Head(r.Stream), Frame(Data, 0, r.Stream, Message), Trailers(r.Stream, "0")]);

        Assert.Equal(["etcd"], await StreamAsync(server));
        Assert.Equal(2, server.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_that_breaks_in_the_middle_gives_what_came_and_then_fails(bool insideMessage)
    {
        var read = new TaskCompletionSource();
        await using var server = new RawHttp2Server(r =>
            [Head(r.Stream), Frame(Data, 0, r.Stream, [.. Message, .. Message, .. insideMessage ? Message.AsSpan(0, 8).ToArray() : []])]) { Before = read.Task };
        using var channel = new GrpcChannel(server.Connection(), TimeProvider.System);
        var got = new List<string>();

        var e = await Assert.ThrowsAsync<TalosRpcException>(async () =>
        {
            await foreach (var message in channel.ServerStreamAsync(Path, new Empty(), StringValue.Parser, TimeSpan.FromSeconds(20), Cancellation))
            {
                got.Add(message.Value);
                if (got.Count == 2)
                    read.SetResult();
            }
        });

        Assert.Equal(["etcd", "etcd"], got);
        Assert.Equal(GrpcCode.Unavailable, e.Code);
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, GrpcCode.Internal, "the node compressed a message, which was not offered")]
    [InlineData(new byte[] { 0, 0xff, 0xff, 0xff, 0xff }, GrpcCode.ResourceExhausted, "the node announced a message of 4294967295 bytes")]
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 0x0a, 0x7f }, GrpcCode.Internal, "the node's answer is not the message it should be")]
    [InlineData(new byte[] { 0, 0, 0 }, GrpcCode.Internal, "the stream ended inside a frame")]
    public async Task A_message_that_cannot_be_is_refused(byte[] data, GrpcCode code, string detail)
    {
        await using var server = new RawHttp2Server(r => [Head(r.Stream), Frame(Data, 0, r.Stream, data), Trailers(r.Stream, "0")]);

        var e = await FailureAsync(server);

        Assert.Equal((code, detail), (e.Code, e.Detail));
    }

    [Fact]
    public async Task A_compressed_answer_is_refused_by_its_head()
    {
        await using var server = new RawHttp2Server(r =>
            [Frame(Headers, EndHeaders, r.Stream, Fields((":status", "200"), ("content-type", "application/grpc+proto"), ("grpc-encoding", "gzip")))]) { HangsUp = false };

        var e = await FailureAsync(server);

        Assert.Equal((GrpcCode.Internal, "the node answers with encoding 'gzip', which was not offered"), (e.Code, e.Detail));
    }

    [Fact]
    public async Task A_status_of_a_proxy_in_between_has_gRPCs_code()
    {
        await using var server = new RawHttp2Server(r => [Frame(Headers, EndHeaders | EndStream, r.Stream, Fields((":status", "503")))]);

        var e = await FailureAsync(server);

        Assert.Equal((GrpcCode.Unavailable, "the node answered with HTTP status 503"), (e.Code, e.Detail));
    }

    [Fact]
    public async Task A_request_that_Talos_would_not_take_is_not_sent()
    {
        await using var server = new RawHttp2Server(_ => []);
        using var channel = new GrpcChannel(server.Connection(), TimeProvider.System);

        var e = await Assert.ThrowsAsync<TalosRpcException>(() => channel.UnaryAsync(
            Path, new BytesValue { Value = ByteString.CopyFrom(new byte[32 << 20]) }, Empty.Parser, TimeSpan.FromSeconds(20), Cancellation));

        Assert.Equal(GrpcCode.ResourceExhausted, e.Code);
        Assert.Equal(0, server.Requests);
    }

    private static async Task<TalosRpcException> FailureAsync(RawHttp2Server server) =>
        await Assert.ThrowsAsync<TalosRpcException>(() => StreamAsync(server));

    private static async Task<List<string>> StreamAsync(RawHttp2Server server)
    {
        var into = new List<string>();
        using var channel = new GrpcChannel(server.Connection(), TimeProvider.System);
        await foreach (var message in channel.ServerStreamAsync(Path, new Empty(), StringValue.Parser, TimeSpan.FromSeconds(20), Cancellation))
            into.Add(message.Value);
        return into;
    }
}
