using Kronform.Provision.Failures;
using Kronform.Provision.Runs.Escalation;
using Kronform.Provision.Servers;

namespace Kronform.Provision.Runs.Acts;

/// <summary>Presses the button that <see cref="ResetLadder"/> chooses.</summary>
public static class ResetButton
{
    /// <param name="purpose"><c>rescue</c> or <c>disk</c>: what the machine is meant to boot.</param>
    /// <param name="observation">What runs there, and what is to be said of the press before.</param>
    public static async Task PressAsync(NodeContext context, string purpose, Observation observation, CancellationToken cancellation)
    {
        var robot = context.Services.Robot;
        int server = context.Node.ServerNumber;
        await RescueEntry.RefuseOtherBootAsync(context, cancellation);
        if (context.Record is { Presses.Count: > 0, LastReset: { Settled: false, Seen: null } }) context.Append(new ResetInVain(observation.Evidence));
        var options = await robot.GetResetAsync(server, cancellation);
        var rung = ResetLadder.Choose(options, [.. context.Record.Presses.Where(p => p.Purpose == purpose)], Occupants.Of(observation));
        if (rung.Type is not { } type)
            throw new ProvisionException(FailureCode.ServerUnusable, $"Server {server} cannot be reset: {rung.Because}", "Have it reset from Robot's pages or by support, then run again.");

        context.Append(new ResetPressing(type, purpose, rung.Because));
        ResetPress press;
        try
        {
            press = await robot.PressResetAsync(server, type, cancellation);
        }
        catch (RobotException e)
        {
            // Thrown only when it is certain that nothing was pressed: it does not count.
            context.Append(new ResetRefused(e.Message));
            throw;
        }

        catch (NotSentException e)
        {
            context.Append(new ResetRefused(e.Message));
            throw;
        }

        // A lost answer is not asked for again: what boots will tell whether the button was pressed.
        if (press.Outcome == PressOutcome.Pressed) context.Append(new ResetPressed());
        else context.Note($"Robot's answer to the reset was lost ({press.Doubt?.Message}); watching the server");
        context.Note($"reset {context.Record.Resets} of at most {context.Options.Limits.MaxResets} pressed ({type}): {rung.Because}");
    }

    /// <summary>Presses it so that the server boots its disk: a rescue system that somebody armed meanwhile would come up instead.</summary>
    public static async Task PressForDiskAsync(NodeContext context, string because, Observation observation, CancellationToken cancellation)
    {
        context.Note($"resetting the server: {because}");
        await RescueEntry.DisarmIfArmedAsync(context, cancellation);
        await PressAsync(context, "disk", observation, cancellation);
    }
}
