using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
using Kronform.Provision.Servers.Budgets;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Timeout;

namespace Kronform.Provision.Servers;

/// <param name="Path">Relative to the base address.</param>
/// <param name="Attempt">What is being attempted, as the start of a sentence: "Arming the rescue system of server 321".</param>
/// <param name="Form">Body parameters in order; null for none.</param>
internal sealed record RobotCall(HttpMethod Method, string Path, string Attempt, IReadOnlyList<KeyValuePair<string, string>>? Form = null)
{
    /// <summary>What arms or disarms is not held up by those who only looked: see <see cref="CallLimit.Reserve"/>.</summary>
    public bool MayUseReserve => Method != HttpMethod.Get && Path.StartsWith("boot/", StringComparison.Ordinal);
}

/// <summary>Sends one call through its pipeline, and turns every way to fail into a <see cref="RobotException"/>.</summary>
/// <param name="attempt">Limits one try, not the pauses around it.</param>
internal sealed partial class RobotCalls(HttpClient http, ResiliencePipeline attempt, RobotBudget budget, TimeProvider time, ILogger logger)
{
    private readonly CredentialGate _gate = new();

    /// <param name="read">From a success's body to the result; may throw <see cref="RobotFormatException"/>.</param>
    public async Task<T> SendAsync<T>(RobotCall call, ResiliencePipeline pipeline, Func<string, T> read, CancellationToken cancellation)
    {
        using var wait = WaitClock.On(FarSide.Robot);
        try
        {
            return await pipeline.ExecuteAsync(async token =>
            {
                await budget.TakeAsync(call, token);
                return await attempt.ExecuteAsync(async limited =>
                {
                    using var passage = await EnterAsync(call, limited, cancellation);
                    return Read(call, await SendOnceAsync(call, limited), read);
                }, token);
            }, cancellation);
        }
        catch (TimeoutRejectedException e)
        {
            throw RobotFailures.NoAnswer(call.Attempt, wasSent: true, e);
        }
    }

    private static T Read<T>(RobotCall call, RobotReply reply, Func<string, T> read)
    {
        try
        {
            return read(reply.Body);
        }
        catch (RobotFormatException e)
        {
            throw RobotFailures.Misunderstood(call.Attempt, reply, e);
        }
    }

    /// <param name="limited">Ends with the time limit of the attempt, or with the caller's wish.</param>
    /// <param name="callers">The caller's wish alone.</param>
    private async Task<CredentialGate.Passage> EnterAsync(RobotCall call, CancellationToken limited, CancellationToken callers)
    {
        try
        {
            var passage = await _gate.EnterAsync(limited);
            return _gate.Refused ? throw RobotFailures.NotSentAfterRefusal(call.Attempt) : passage;
        }
        catch (OperationCanceledException e) when (!callers.IsCancellationRequested)
        {
            // The time went by waiting for another call to prove the credentials; this one was not sent.
            throw RobotFailures.NoAnswer(call.Attempt, wasSent: false, e);
        }
    }

    private async Task<RobotReply> SendOnceAsync(RobotCall call, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var reply = await ExchangeAsync(call, cancellation);
        LogAnswered(call.Method.Method, call.Path, reply.Status, time.GetElapsedTime(started).TotalMilliseconds);

        var refusal = RobotFailures.Refusal(call.Attempt, reply);
        _gate.Tell(reply.Status, isRobotsOwnAnswer: refusal is null or { RobotCode: not null });
        if (refusal is null) return reply;
        if (refusal.Code == FailureCode.RobotRateLimited) await budget.ExhaustedAsync(call, refusal.RetryAfter, cancellation);
        throw refusal;
    }

    private async Task<RobotReply> ExchangeAsync(RobotCall call, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(call.Method, call.Path);
        if (call.Form is not null)
            request.Content = new FormUrlEncodedContent(call.Form);
        try
        {
            using var response = await http.SendAsync(request, cancellation);
            return new RobotReply((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
        }
        catch (HttpRequestException e)
        {
            // Each call has its own connection, so a failure to make one means that nothing was sent.
            var sent = e.HttpRequestError is not (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError);
            throw RobotFailures.NoAnswer(call.Attempt, sent, e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            // The handler's own limit for connecting and the handshake: the only other source of a cancellation here.
            throw RobotFailures.NoAnswer(call.Attempt, wasSent: false, e);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Robot {Method} {Path} answered {Status} after {Milliseconds:0} ms")]
    private partial void LogAnswered(string method, string path, int status, double milliseconds);
}
