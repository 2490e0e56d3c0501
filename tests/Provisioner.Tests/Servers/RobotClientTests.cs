using System.Net;
using System.Text;
using Kronform.Provision.Failures;
using Kronform.Provision.Servers;
using Kronform.Provision.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Servers;

/// <summary>What is repeated, what is not, and what is said in the end; on a manual clock, against scripted answers.</summary>
public sealed class RobotClientTests : IDisposable
{
    private static readonly TimeSpan NotTheTimeout = TimeSpan.FromSeconds(29);
    private static readonly TimeSpan AlsoTheTimeout = TimeSpan.FromSeconds(31);

    private readonly ManualTime _time = new();
    private readonly Script _script = new();
    private readonly HttpClient _http;
    private readonly RobotClient _robot;

    public RobotClientTests()
    {
        _http = new HttpClient(_script) { BaseAddress = new Uri("http://127.0.0.1/"), Timeout = Timeout.InfiniteTimeSpan };
        _robot = new RobotClient(_http, RobotPipelines.Create(_time, NullLogger.Instance), _time, NullLogger<RobotClient>.Instance);
    }

    public void Dispose() => _http.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Task<T> Run<T>(Task<T> work, TimeSpan? below = null) => _time.RunAsync(work, below ?? NotTheTimeout, Cancellation);

    private async Task<RobotException> Fails(Task work, TimeSpan? below = null) =>
        await Assert.ThrowsAsync<RobotException>(() => _time.RunAsync(work, below ?? NotTheTimeout, Cancellation));

    [Fact]
    public async Task A_read_outlasts_a_short_maintenance()
    {
        _script.Answers(503, RobotCaptures.Page).Answers(502, "").Cuts().Answers(200, RobotCaptures.Page).Answers(200, RobotCaptures.Server);
        var start = _time.GetUtcNow();

        var server = await Run(_robot.GetServerAsync(321, Cancellation));

        Assert.Equal("server1", server.Name);
        Assert.Equal(5, _script.Sent.Count);
        Assert.InRange(_time.GetUtcNow() - start, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_servers_address_is_asked_for_once()
    {
        _script.Answers(200, RobotCaptures.Server);

        Assert.Equal(IPAddress.Parse("123.123.123.123"), await Run(_robot.GetMainIPv4Async(321, Cancellation)));
        Assert.Equal(IPAddress.Parse("123.123.123.123"), await Run(_robot.GetMainIPv4Async(321, Cancellation)));

        Assert.Single(_script.Sent);
    }

    [Fact]
    public async Task A_read_gives_up_after_six_tries_and_says_so()
    {
        _script.Always(503, RobotCaptures.Page);

        var failure = await Fails(_robot.GetServerAsync(321, Cancellation));

        Assert.Equal((FailureCode.RobotUnavailable, 503), (failure.Code, failure.Status!.Value));
        Assert.Equal("Reading server 321: Robot answered 503", failure.Message);
        Assert.Equal(6, _script.Sent.Count);
    }

    [Fact]
    public async Task A_silent_Robot_is_given_thirty_seconds_a_try()
    {
        _script.AlwaysSilent();
        var start = _time.GetUtcNow();

        var failure = await Fails(_robot.GetServerAsync(321, Cancellation), AlsoTheTimeout);

        Assert.Equal((FailureCode.RobotUnavailable, true), (failure.Code, failure.IsTransient));
        Assert.Equal(6, _script.Sent.Count);
        Assert.InRange(_time.GetUtcNow() - start, TimeSpan.FromSeconds(180), TimeSpan.FromSeconds(255));
    }

    [Fact]
    public async Task A_refused_password_is_tried_once_and_never_again_by_this_client()
    {
        _script.Always(401, RobotCaptures.Page);

        var first = await Fails(_robot.GetServerAsync(321, Cancellation));
        var second = await Fails(_robot.PressResetAsync(321, ResetType.Hardware, Cancellation));

        Assert.Equal((FailureCode.RobotUnauthorized, false), (first.Code, first.IsTransient));
        Assert.Equal(FailureCode.RobotUnauthorized, second.Code);
        Assert.StartsWith("Pressing reset \"hw\" of server 321: not sent", second.Message);
        Assert.Single(_script.Sent);
    }

    [Fact]
    public async Task Ten_nodes_at_once_try_a_wrong_password_once()
    {
        _script.Always(401, "");

        var calls = Enumerable.Range(1, 10).Select(n => _robot.GetServerAsync(n, Cancellation)).ToList();
        foreach (var call in calls)
            Assert.Equal(FailureCode.RobotUnauthorized, (await Fails(call)).Code);

        Assert.Single(_script.Sent);
    }

    [Theory]
    [InlineData(403, RobotCaptures.RateLimited, "robot.rate-limited")]
    [InlineData(403, "", "robot.refused")]
    [InlineData(404, "{\"error\":{\"code\":\"SERVER_NOT_FOUND\"}}", "robot.server-not-found")]
    [InlineData(400, RobotCaptures.InvalidKey, "robot.refused")]
    [InlineData(200, "{\"server\":{\"server_number\":322}}", "robot.refused")]
    public async Task A_plain_no_is_not_asked_again(int status, string body, string code)
    {
        _script.Always(status, body);

        Assert.Equal(code, (await Fails(_robot.GetServerAsync(321, Cancellation))).Code.Name);
        Assert.Single(_script.Sent);
    }

    [Fact]
    public async Task A_press_whose_reply_is_lost_is_not_repeated_and_its_outcome_is_unknown()
    {
        _script.Cuts().Answers(200, RobotCaptures.Pressed);

        var press = await Run(_robot.PressResetAsync(321, ResetType.Hardware, Cancellation));

        Assert.Equal(PressOutcome.Unknown, press.Outcome);
        Assert.True(press.Doubt!.MayHaveHappened);
        Assert.Single(_script.Sent);
    }

    [Fact]
    public async Task A_press_that_gets_no_answer_in_time_is_not_repeated_and_its_outcome_is_unknown()
    {
        _script.AlwaysSilent();

        var press = await Run(_robot.PressResetAsync(321, ResetType.Hardware, Cancellation), AlsoTheTimeout);

        Assert.Equal(PressOutcome.Unknown, press.Outcome);
        Assert.Single(_script.Sent);
    }

    [Theory]
    [InlineData(502, RobotCaptures.Page)]
    [InlineData(500, "{\"error\":{\"code\":\"INTERNAL_ERROR\"}}")]
    [InlineData(200, RobotCaptures.Page)]
    [InlineData(200, RobotCaptures.Reset)]
    [InlineData(204, "")]
    public async Task An_answer_that_settles_nothing_leaves_the_outcome_of_a_press_unknown(int status, string body)
    {
        _script.Always(status, body);

        Assert.Equal(PressOutcome.Unknown, (await Run(_robot.PressResetAsync(321, ResetType.Hardware, Cancellation))).Outcome);
        Assert.Single(_script.Sent);
    }

    [Fact]
    public async Task A_press_is_repeated_when_it_is_certain_that_nothing_was_pressed()
    {
        _script.Answers(500, RobotCaptures.Error(500, "RESET_FAILED")).NeverConnects().Answers(200, RobotCaptures.Pressed);

        Assert.Equal(PressOutcome.Pressed, (await Run(_robot.PressResetAsync(321, ResetType.Hardware, Cancellation))).Outcome);
        Assert.Equal(3, _script.Sent.Count);
    }

    [Fact]
    public async Task A_press_that_keeps_failing_is_tried_three_times_and_is_then_a_failure()
    {
        _script.Always(500, RobotCaptures.Error(500, "RESET_FAILED"));

        var failure = await Fails(_robot.PressResetAsync(321, ResetType.Hardware, Cancellation));

        Assert.Equal((FailureCode.RobotUnavailable, RobotCodes.ResetFailed), (failure.Code, failure.RobotCode));
        Assert.Equal(3, _script.Sent.Count);
    }

    [Theory]
    [InlineData(409, "RESET_MANUAL_ACTIVE")]
    [InlineData(400, "INVALID_INPUT")]
    [InlineData(404, "RESET_NOT_AVAILABLE")]
    public async Task A_refused_press_is_a_failure_at_once(int status, string code)
    {
        _script.Always(status, RobotCaptures.Error(status, code));

        Assert.Equal(code, (await Fails(_robot.PressResetAsync(321, ResetType.Software, Cancellation))).RobotCode);
        Assert.Single(_script.Sent);
    }

    [Fact]
    public async Task A_technician_is_never_sent()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _robot.PressResetAsync(321, ResetType.Manual, Cancellation));
        Assert.Empty(_script.Sent);
    }

    [Fact]
    public async Task Arming_is_repeated_after_a_lost_reply()
    {
        _script.Cuts().Answers(500, RobotCaptures.Error(500, "BOOT_ACTIVATION_FAILED")).Answers(200, RobotCaptures.RescueArmed);

        var rescue = await Run(_robot.ArmRescueAsync(3064816, ["2e:3a:a9:88:8e:d8:71:f5:49:6c:0e:f1:e9:cf:8f:07"], Cancellation));

        Assert.True(rescue.Active);
        Assert.Equal(Enumerable.Repeat("POST /boot/3064816/rescue os=linux&authorized_key=2e%3A3a%3Aa9%3A88%3A8e%3Ad8%3A71%3Af5%3A49%3A6c%3A0e%3Af1%3Ae9%3Acf%3A8f%3A07", 3), _script.Sent);
    }

    [Fact]
    public async Task Several_keys_go_as_a_repeated_parameter()
    {
        _script.Answers(400, RobotCaptures.InvalidKey);

        await Fails(_robot.ArmRescueAsync(1, ["aa", "bb"], Cancellation));

        Assert.Equal(["POST /boot/1/rescue os=linux&authorized_key%5B%5D=aa&authorized_key%5B%5D=bb"], _script.Sent);
    }

    [Fact]
    public async Task An_activation_in_the_way_is_removed_once()
    {
        _script.Answers(409, RobotCaptures.Error(409, "BOOT_ALREADY_ENABLED")).Answers(200, RobotCaptures.RescueInactive)
            .Answers(409, RobotCaptures.Error(409, "BOOT_ALREADY_ENABLED"));

        var failure = await Fails(_robot.ArmRescueAsync(321, ["aa"], Cancellation));

        Assert.Equal(RobotCodes.BootAlreadyEnabled, failure.RobotCode);
        Assert.Equal(["POST", "DELETE", "POST"], _script.Sent.Select(s => s.Split(' ')[0]));
    }

    [Theory]
    [InlineData(RobotCaptures.RescueInactive, 321, "not active")]
    [InlineData(RobotCaptures.RescueArmed, 3064816, "does not list key")]
    public async Task An_arming_that_did_not_take_our_key_is_no_success(string body, int server, string why)
    {
        _script.Always(200, body);

        var failure = await Fails(_robot.ArmRescueAsync(server, ["aa:bb"], Cancellation));

        Assert.Contains(why, failure.Message);
        Assert.DoesNotContain("Xh3k", failure.ToString());
    }

    [Fact]
    public async Task Lists_that_are_empty_are_404_and_come_back_empty()
    {
        _script.Answers(404, RobotCaptures.Error(404, "SERVER_NOT_FOUND")).Answers(404, RobotCaptures.Error(404, "NOT_FOUND"));

        Assert.Empty(await Run(_robot.GetServersAsync(Cancellation)));
        Assert.Empty(await Run(_robot.GetKeysAsync(Cancellation)));
    }

    [Fact]
    public async Task What_a_server_does_not_have_is_null_but_a_missing_server_is_a_failure()
    {
        _script.Answers(404, RobotCaptures.Error(404, "FIREWALL_NOT_AVAILABLE")).Answers(404, RobotCaptures.Error(404, "NOT_FOUND"))
            .Answers(404, RobotCaptures.Error(404, "NOT_FOUND")).Answers(404, RobotCaptures.Error(404, "SERVER_NOT_FOUND"));

        Assert.Null(await Run(_robot.GetFirewallAsync(321, Cancellation)));
        Assert.Null(await Run(_robot.FindKeyAsync("aa:bb", Cancellation)));
        Assert.Null(await Run(_robot.GetLastRescueAsync(321, Cancellation)));
        Assert.Equal(FailureCode.RobotServerNotFound, (await Fails(_robot.GetFirewallAsync(321, Cancellation))).Code);
    }

    [Fact]
    public async Task The_callers_wish_to_stop_is_no_failure_of_Robots()
    {
        _script.AlwaysSilent();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var call = _robot.PressResetAsync(321, ResetType.Hardware, stop.Token);
        await _time.TimersSetAsync(1, Cancellation);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Retries_are_told_in_the_log()
    {
        var lines = new List<string>();
        var robot = new RobotClient(_http, RobotPipelines.Create(_time, new ListLogger(lines)), _time, NullLogger<RobotClient>.Instance);
        _script.Answers(503, "").Answers(200, RobotCaptures.Server);

        await Run(robot.GetServerAsync(321, Cancellation));

        Assert.Contains("Reading server 321: Robot answered 503; trying again in", Assert.Single(lines));
    }

    private sealed class ListLogger(List<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(formatter(state, exception));
    }

    /// <summary>Answers requests in order; a request it was not told about fails the test.</summary>
    private sealed class Script : HttpMessageHandler
    {
        private readonly Queue<Func<CancellationToken, Task<HttpResponseMessage>>> _next = new();
        private Func<CancellationToken, Task<HttpResponseMessage>>? _always;

        public List<string> Sent { get; } = [];

        public Script Answers(int status, string body) => Then(_ => Task.FromResult(Response(status, body)));

        public Script Cuts() => Then(_ => throw new HttpRequestException(HttpRequestError.ResponseEnded, "cut"));

        public Script NeverConnects() => Then(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"));

        public void Always(int status, string body) => _always = _ => Task.FromResult(Response(status, body));

        public void AlwaysSilent() => _always = async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            throw new InvalidOperationException();
        };

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : " " + await request.Content.ReadAsStringAsync(cancellationToken);
            Sent.Add($"{request.Method} {request.RequestUri!.AbsolutePath}{body}");
            // Real answers never come on the caller's own stack.
            await Task.Yield();
            var next = _next.Count > 0 ? _next.Dequeue() : _always ?? throw new InvalidOperationException($"Nobody expected {Sent[^1]}.");
            return await next(cancellationToken);
        }

        private Script Then(Func<CancellationToken, Task<HttpResponseMessage>> answer)
        {
            _next.Enqueue(answer);
            return this;
        }

        private static HttpResponseMessage Response(int status, string body) =>
            new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8) };
    }
}
