extern alias provisioner;

using System.Net;
using Google.Protobuf.WellKnownTypes;
using Kronform.Provision.Talos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>What the wire can do to a call, one misfortune per test, against a server that answers byte by byte as told.</summary>
public sealed class GrpcChannelTests
{
    // One frame holding an Empty message, which has no bytes.
    private static readonly byte[] EmptyMessage = [0, 0, 0, 0, 0];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_message_and_a_status_of_zero_are_success() =>
        Assert.NotNull(await CallAsync(async http =>
        {
            await http.Response.Body.WriteAsync(EmptyMessage);
            http.Response.AppendTrailer("grpc-status", "0");
        }));

    [Fact]
    public async Task A_stream_without_a_status_is_never_a_success() =>
        await AssertFailsAsync(GrpcCode.Unavailable, "the stream ended without a status", http => http.Response.Body.WriteAsync(EmptyMessage).AsTask());

    [Fact]
    public async Task A_connection_cut_after_the_message_is_never_a_success() =>
        await AssertFailsAsync(GrpcCode.Unavailable, null, async http =>
        {
            await http.Response.Body.WriteAsync(EmptyMessage);
            await http.Response.Body.FlushAsync();
            http.Abort();
        });

    [Fact]
    public async Task A_status_after_the_message_wins_and_its_text_is_decoded() =>
        await AssertFailsAsync(GrpcCode.Unavailable, "boom: é", async http =>
        {
            await http.Response.Body.WriteAsync(EmptyMessage);
            http.Response.AppendTrailer("grpc-status", "14");
            http.Response.AppendTrailer("grpc-message", "boom: %C3%A9");
        });

    [Fact]
    public async Task A_status_in_the_head_is_enough() =>
        await AssertFailsAsync(GrpcCode.NotFound, "nothing there", http =>
        {
            http.Response.Headers["grpc-status"] = "5";
            http.Response.Headers["grpc-message"] = "nothing there";
            return Task.CompletedTask;
        });

    [Fact]
    public async Task A_frame_that_ends_early_is_an_error() =>
        await AssertFailsAsync(GrpcCode.Internal, "the stream ended inside a frame", async http =>
        {
            await http.Response.Body.WriteAsync(new byte[] { 0, 0, 0 });
            http.Response.AppendTrailer("grpc-status", "0");
        });

    [Fact]
    public async Task A_message_beyond_the_limit_is_not_allocated() =>
        await AssertFailsAsync(GrpcCode.ResourceExhausted, "the node announced a message of 33554433 bytes", http =>
            http.Response.Body.WriteAsync(new byte[] { 0, 2, 0, 0, 1 }).AsTask());

    [Fact]
    public async Task Two_answers_to_one_question_are_an_error() =>
        await AssertFailsAsync(GrpcCode.Internal, "the node sent more than one answer", async http =>
        {
            await http.Response.Body.WriteAsync((byte[])[.. EmptyMessage, .. EmptyMessage]);
            http.Response.AppendTrailer("grpc-status", "0");
        });

    [Fact]
    public async Task A_web_server_is_not_taken_for_a_node() =>
        await AssertFailsAsync(GrpcCode.Unknown, "the node answered with content type 'text/html', not gRPC", http =>
        {
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync("<html>");
        });

    [Fact]
    public async Task The_node_is_told_the_deadline_and_that_trailers_are_understood()
    {
        var seen = new Dictionary<string, string>();
        await CallAsync(async http =>
        {
            foreach (var name in (string[])["grpc-timeout", "te", "content-type"])
                seen[name] = http.Request.Headers[name].ToString();
            await http.Response.Body.WriteAsync(EmptyMessage);
            http.Response.AppendTrailer("grpc-status", "0");
        }, TimeSpan.FromSeconds(7));

        Assert.Equal(new Dictionary<string, string> { ["grpc-timeout"] = "7000m", ["te"] = "trailers", ["content-type"] = "application/grpc" }, seen);
    }

    [Fact]
    public async Task Our_own_deadline_is_told_from_the_caller_giving_up()
    {
        await AssertFailsAsync(GrpcCode.DeadlineExceeded, "no answer within 0.3 s", Silence, TimeSpan.FromMilliseconds(300));

        using var giveUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CallAsync(Silence, cancellation: giveUp.Token));

        static async Task Silence(HttpContext http)
        {
            var gone = new TaskCompletionSource();
            http.RequestAborted.Register(gone.SetResult);
            await gone.Task;
        }
    }

    private static async Task AssertFailsAsync(GrpcCode code, string? detail, Func<HttpContext, Task> answer, TimeSpan? deadline = null)
    {
        var e = await Assert.ThrowsAsync<TalosRpcException>(() => CallAsync(answer, deadline));

        Assert.Equal(code, e.Code);
        if (detail is not null)
            Assert.Equal(detail, e.Detail);
        Assert.StartsWith("Calling machine.MachineService/Version on 127.0.0.1:", e.Message, StringComparison.Ordinal);
    }

    private static async Task<Empty> CallAsync(Func<HttpContext, Task> answer, TimeSpan? deadline = null, CancellationToken? cancellation = null)
    {
        using var ca = TalosCa.CreateEcdsa(TimeProvider.System);
        using var certificate = ca.IssueServerCertificate("n1", [IPAddress.Loopback], [], TimeProvider.System, TimeSpan.FromHours(1));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(certificate);
        }));
        await using var app = builder.Build();
        app.Run(http =>
        {
            http.Response.ContentType = "application/grpc";
            return answer(http);
        });
        await app.StartAsync(Cancellation);
        var port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

        using var channel = new GrpcChannel(
            TalosConnection.ForMaintenance(IPAddress.Loopback, port, SpkiFingerprint.Of(certificate), TimeProvider.System), TimeProvider.System);
        return await channel.UnaryAsync(
            "/machine.MachineService/Version", new Empty(), Empty.Parser, deadline ?? TimeSpan.FromSeconds(20), cancellation ?? Cancellation);
    }
}
