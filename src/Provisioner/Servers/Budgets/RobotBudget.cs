using System.Text.Json;
using Kronform.Provision.Failures;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Servers.Budgets;

/// <summary>
/// Robot's limits are the account's, and each run is a process: counts what all of them have asked, in a file, and lets a call go
/// out only while there is room for it. Without the file (broken, not writable) it counts for this process alone and says so once.
/// </summary>
/// <param name="file">Null counts for this process alone from the start.</param>
/// <param name="note">Told once why the file is not used, and of waits.</param>
#pragma warning disable CA1001 // A semaphore whose wait handle is never asked for holds nothing to dispose.
public sealed class RobotBudget(BudgetFile? file, TimeProvider time, ILogger logger, Action<string>? note = null)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _words = new();
    private BudgetLedger _known = new();
    private bool _told;
    private DateTimeOffset _waitTold;

    /// <summary>Counts one call, after a short wait when that makes room for it.</summary>
    /// <exception cref="RobotException"><see cref="FailureCode.RobotRateLimited"/>, and nothing was sent.</exception>
    /// <exception cref="NotSentException"/>
    internal async Task TakeAsync(RobotCall call, CancellationToken cancellation)
    {
        try
        {
            await TakeInTurnAsync(call, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new NotSentException(call.Attempt, cancellation);
        }
    }

    private async Task TakeInTurnAsync(RobotCall call, CancellationToken cancellation)
    {
        if (CallLimit.Of(call.Method, call.Path) is not { } limit) return;
        var began = time.GetUtcNow();
        while (true)
        {
            BudgetDecision decision = new BudgetDecision.Go();
            await UpdateAsync(ledger =>
            {
                var now = time.GetUtcNow();
                decision = BudgetDecision.Of(limit, ledger[limit], now, call.MayUseReserve, now - began);
                return decision is BudgetDecision.Go ? ledger.With(limit, ledger[limit].Counted(limit.Window, now)) : null;
            }, cancellation);
            switch (decision)
            {
                case BudgetDecision.Wait wait:
                    TellOfWait(call, limit, wait);
                    await Task.Delay(wait.For, time, cancellation);
                    break;
                case BudgetDecision.Stop stop:
                    throw RobotFailures.NotSentForBudget(call.Attempt, stop, time.GetUtcNow());
                default:
                    return;
            }
        }
    }

    /// <summary>Robot said that a limit is used up: no process asks again before it is back.</summary>
    /// <param name="interval">Robot's own; null counts as the documented window.</param>
    internal async Task ExhaustedAsync(RobotCall call, TimeSpan? interval, CancellationToken cancellation)
    {
        if (CallLimit.Of(call.Method, call.Path) is not { } limit) return;
        // A number that makes no sense must not lock the account's calls for ever.
        var window = interval is { } told && told > TimeSpan.Zero && told <= TimeSpan.FromDays(1) ? told : limit.Window;
        var now = time.GetUtcNow();
        await UpdateAsync(ledger => ledger.With(limit, ledger[limit] with { ExhaustedAt = now, ExhaustedUntil = now + window }), cancellation);
    }

    private async Task UpdateAsync(Func<BudgetLedger, BudgetLedger?> change, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            // Counted in memory before the file is written, so that no failure of the file can lose or double a call.
            var applied = false;
            BudgetLedger? Apply(BudgetLedger read)
            {
                applied = true;
                _known = _known.Merged(read);
                if (change(_known) is not { } next) return null;
                return _known = next;
            }

            try
            {
                if (file is not null) await file.UpdateAsync(Apply, cancellation);
            }
            catch (JsonException e)
            {
                Tell($"the budget file {file!.Path} is broken ({e.Message}) and begins anew", e);
                Apply(new BudgetLedger());
                await TryReplaceAsync(cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Tell($"Robot's limits are counted for this process alone: {e.Message}", e);
            }

            if (!applied) Apply(new BudgetLedger());
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task TryReplaceAsync(CancellationToken cancellation)
    {
        try
        {
            await file!.ReplaceAsync(_known, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(e, "The budget file could not be replaced");
        }
    }

    /// <summary>Once for all calls that wait side by side.</summary>
    private void TellOfWait(RobotCall call, CallLimit limit, BudgetDecision.Wait wait)
    {
        logger.LogWarning("{Attempt}: waiting {Seconds:0} s for room in Robot's limit for {Paths}", call.Attempt, wait.For.TotalSeconds, limit.Paths);
        var until = time.GetUtcNow() + wait.For;
        lock (_words)
        {
            if (until <= _waitTold) return;
            _waitTold = until;
        }

        note?.Invoke($"waiting {wait.For.TotalSeconds:0} s for room in Robot's limit for {limit.Paths}");
    }

    private void Tell(string text, Exception cause)
    {
        logger.LogWarning(cause, "{Text}", text);
        if (_told) return;
        _told = true;
        note?.Invoke(text);
    }
}
