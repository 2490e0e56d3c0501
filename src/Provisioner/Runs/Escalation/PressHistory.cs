using Kronform.Provision.Servers.Budgets;

namespace Kronform.Provision.Runs.Escalation;

/// <summary>What was tried and what was seen after each, with times: all there is to go by for whoever looks at the server next.</summary>
public static class PressHistory
{
    /// <param name="reboot">The reboot that was asked for over SSH, where that was the first rung.</param>
    /// <param name="seen">What is there now.</param>
    public static string Of(RunRecord record, RebootRecord? reboot, string seen, DateTimeOffset now)
    {
        var rungs = record.Presses.Select(Describe);
        if (reboot is not null) rungs = rungs.Prepend($"reboot asked for over SSH{(reboot.Asked > 1 ? $" {reboot.Asked} times, last" : "")} at {BudgetDecision.Clock(reboot.At)}");
        return string.Join("; ", rungs.Append($"now, at {BudgetDecision.Clock(now)}: {seen}"));
    }

    private static string Describe(ResetRecord press) =>
        $"{press.Type} at {BudgetDecision.Clock(press.At)}{(press.Because is null ? "" : $" ({press.Because})")}{(press.Seen is null ? "" : $", then at {BudgetDecision.Clock(press.SeenAt ?? press.At)}: {press.Seen}")}";
}
