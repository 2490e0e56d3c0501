extern alias provisioner;

using System.Buffers.Binary;
using System.Net;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kronform.Provision.Talos;
using Xunit;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>Our calls over somebody else's HTTP/2 and an Ed25519 server key, with both kinds of client key.</summary>
public sealed class NghttpdTests
{
    private const string Unary = "kronform.Test/Answer.grpc";
    private const string Stream = "kronform.Test/Stream.grpc";
    private const int Messages = 40;
    private const int MessageBytes = 512 << 10;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Identities.Minted)]
    [InlineData(Identities.Ed25519)]
    public async Task Many_calls_at_once_are_each_answered(string kind)
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var server = await StartAsync(ca, "-m", "20");
        using var channel = Channel(ca, kind, server.Port);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => channel.UnaryAsync(
            "/" + Unary, new Empty(), StringValue.Parser, TimeSpan.FromSeconds(30), Cancellation)));

        Assert.All(answers, a => Assert.Equal("etcd", a.Value));
    }

    [Theory]
    [InlineData(Identities.Minted)]
    [InlineData(Identities.Ed25519)]
    public async Task A_long_stream_arrives_whole_through_flow_control_and_padding(string kind)
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var server = await StartAsync(ca, "-b", "100");
        using var channel = Channel(ca, kind, server.Port);
        var number = 0;

        await foreach (var message in channel.ServerStreamAsync("/" + Stream, new Empty(), BytesValue.Parser, TimeSpan.FromSeconds(60), Cancellation))
        {
            Assert.Equal(MessageBytes, message.Value.Length);
            Assert.True(message.Value.Span.IndexOfAnyExcept((byte)number) < 0, $"message {number} is not what was sent");
            number++;
        }

        Assert.Equal(Messages, number);
    }

    [Theory]
    [InlineData(Identities.Minted)]
    [InlineData(Identities.Ed25519)]
    public async Task A_stream_that_is_left_early_does_not_hold_up_the_next_call(string kind)
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var server = await StartAsync(ca);
        using var channel = Channel(ca, kind, server.Port);

        await foreach (var _ in channel.ServerStreamAsync("/" + Stream, new Empty(), BytesValue.Parser, TimeSpan.FromSeconds(60), Cancellation))
            break;

        Assert.Equal("etcd", (await channel.UnaryAsync("/" + Unary, new Empty(), StringValue.Parser, TimeSpan.FromSeconds(30), Cancellation)).Value);
    }

    [Fact]
    public async Task A_path_that_is_not_there_is_not_implemented()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var server = await StartAsync(ca);
        using var channel = Channel(ca, Identities.Ed25519, server.Port);

        var e = await Assert.ThrowsAsync<TalosRpcException>(() => channel.UnaryAsync("/no.Such/Call", new Empty(), Empty.Parser, TimeSpan.FromSeconds(30), Cancellation));

        Assert.Equal(GrpcCode.Unimplemented, e.Code);
    }

    [Fact]
    public async Task The_probe_sees_that_it_wants_a_client_certificate()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var server = await StartAsync(ca);

        var probe = await TalosProbe.ProbeAsync(IPAddress.Loopback, server.Port, TimeProvider.System, TimeSpan.FromSeconds(10), Cancellation);

        Assert.Equal("CN=n1", Assert.IsType<TalosProbeResult.WantsClientCertificate>(probe).ServerCertificate?.Subject);
    }

    private static async Task<NghttpdServer> StartAsync(TalosCa ca, params string[] options)
    {
        Assert.SkipWhen(NghttpdServer.Program is null, "the Debian package nghttp2-server is not installed");
        return await NghttpdServer.StartAsync(ca, new Dictionary<string, byte[]>
        {
            [Unary] = Framed(new StringValue { Value = "etcd" }),
            [Stream] = [.. Enumerable.Range(0, Messages).SelectMany(n => Framed(new BytesValue { Value = ByteString.CopyFrom([.. Enumerable.Repeat((byte)n, MessageBytes)]) }))],
        }, options);
    }

    private static GrpcChannel Channel(TalosCa ca, string kind, int port) =>
        new(TalosConnection.ForConfigured(IPAddress.Loopback, port, Identities.Of(ca, kind), TimeProvider.System), TimeProvider.System);

    private static byte[] Framed(IMessage message)
    {
        var head = new byte[5];
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(1), message.CalculateSize());
        return [.. head, .. message.ToByteArray()];
    }
}
