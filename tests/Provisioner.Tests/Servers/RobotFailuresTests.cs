using Kronform.Provision.Failures;
using Kronform.Provision.Servers;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Servers;

public class RobotFailuresTests
{
    public static TheoryData<int, string, string, bool, bool> Refusals => new()
    {
        // status, body, failure code, transient, may have happened
        { 401, "", "robot.unauthorized", false, false },
        { 401, RobotCaptures.Page, "robot.unauthorized", false, false },
        { 401, RobotCaptures.Error(401, "UNAUTHORIZED"), "robot.unauthorized", false, false },
        { 403, RobotCaptures.RateLimited, "robot.rate-limited", true, false },
        { 403, RobotCaptures.RateLimitedAsDocumented, "robot.rate-limited", true, false },
        { 403, RobotCaptures.Error(403, "FORBIDDEN"), "robot.refused", false, false },
        { 403, "", "robot.refused", false, false },
        { 404, RobotCaptures.Error(404, "SERVER_NOT_FOUND"), "robot.server-not-found", false, false },
        { 404, RobotCaptures.BootNotAvailable, "robot.refused", false, false },
        { 404, RobotCaptures.Page, "robot.refused", false, false },
        { 400, RobotCaptures.InvalidKey, "robot.refused", false, false },
        { 409, RobotCaptures.Error(409, "A_CODE_OF_TOMORROW"), "robot.refused", false, false },
        { 302, "", "robot.refused", false, false },
        { 500, RobotCaptures.Error(500, "RESET_FAILED"), "robot.unavailable", true, false },
        { 500, RobotCaptures.Error(500, "INTERNAL_ERROR"), "robot.unavailable", true, true },
        { 502, RobotCaptures.Page, "robot.unavailable", true, true },
        { 503, RobotCaptures.Page, "robot.unavailable", true, false },
        { 504, "", "robot.unavailable", true, true },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Every_refusal_has_its_code_and_says_what_may_be_true(int status, string body, string code, bool transient, bool mayHaveHappened)
    {
        var failure = RobotFailures.Refusal("Arming the rescue system of server 321", new RobotReply(status, body))!;

        Assert.Equal((code, transient, mayHaveHappened, status), (failure.Code.Name, failure.IsTransient, failure.MayHaveHappened, failure.Status!.Value));
        Assert.StartsWith("Arming the rescue system of server 321: Robot ", failure.Message);
    }

    [Fact]
    public void The_window_of_a_rate_limit_is_told()
    {
        Assert.Equal(TimeSpan.FromHours(1), RobotFailures.Refusal("x", new RobotReply(403, RobotCaptures.RateLimited))!.RetryAfter);
        Assert.Equal(TimeSpan.FromMinutes(10), RobotFailures.Refusal("x", new RobotReply(403, RobotCaptures.RateLimitedAsDocumented))!.RetryAfter);
    }

    [Fact]
    public void The_message_names_what_Robot_found_wrong()
    {
        var failure = RobotFailures.Refusal("Arming", new RobotReply(400, RobotCaptures.InvalidKey))!;

        Assert.Equal("Arming: Robot answered 400 INVALID_INPUT (invalid input); invalid: authorized_key", failure.Message);
        Assert.Equal(RobotCodes.InvalidInput, failure.RobotCode);
    }

    [Fact]
    public void Robots_text_cannot_break_a_line_of_the_log()
    {
        var failure = RobotFailures.Refusal("Arming", new RobotReply(409, """{"error":{"code":"X","message":"a\nb\u001b[31m"}}"""))!;

        Assert.Equal("Arming: Robot answered 409 X (a b [31m)", failure.Message);
    }

    [Fact]
    public void Success_is_no_failure()
    {
        Assert.Null(RobotFailures.Refusal("x", new RobotReply(201, "")));
        Assert.Equal(FailureCode.RobotUnavailable, RobotFailures.Misunderstood("x", new RobotReply(200, ""), new RobotFormatException("y", isJson: false)).Code);
        Assert.Equal(FailureCode.RobotRefused, RobotFailures.Misunderstood("x", new RobotReply(200, "{}"), new RobotFormatException("y", isJson: true)).Code);
    }
}
