using Kronform.Provision.Servers;
using Kronform.Provision.Servers.Budgets;

namespace Kronform.Provision.Runs.Escalation;

/// <param name="Type">See <see cref="ResetType"/>; null when there is no button left that this program may press.</param>
/// <param name="Because">Part of a sentence, for the journal and the operator.</param>
public sealed record ResetRung(string? Type, string Because);

/// <summary>
/// Which of Robot's buttons is pressed next. A reboot that a system is asked for over SSH comes before all of them, where there is a
/// system that lets us in; then the mildest button that can work; never one down again. Pure.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>Robot says shut off</term><description><c>power</c>; <c>hw</c> is not known to start a machine. Still off: <c>hw</c></description></item>
/// <item><term>a Linux answers, <c>sw</c> offered, nothing pressed yet</term><description><c>sw</c>, an orderly end</description></item>
/// <item><term>everything else</term><description><c>hw</c></description></item>
/// </list>
/// <c>man</c> is a technician's walk, <c>power_long</c> leaves the machine off: never.
/// </remarks>
public static class ResetLadder
{
    /// <param name="inVain">Presses for the same purpose that did not help.</param>
    public static ResetRung Choose(ResetOptions options, IReadOnlyList<ResetRecord> inVain, Occupant occupant)
    {
        if (options.IsShutOff && options.Offers(ResetType.Power) && !inVain.Any(p => p.Type == ResetType.Power))
            return new ResetRung(ResetType.Power, "Robot says that the server is shut off, and hw is not known to start one");

        var (mild, reason) = Mild(options, inVain, occupant);
        if (mild) return new ResetRung(ResetType.Software, reason);
        return options.Offers(ResetType.Hardware)
            ? new ResetRung(ResetType.Hardware, reason)
            : new ResetRung(null, $"Robot offers {(options.Types.Count == 0 ? "no reset" : string.Join(", ", options.Types))} for this server, and none of that may be pressed here");
    }

    private static (bool Mild, string Reason) Mild(ResetOptions options, IReadOnlyList<ResetRecord> inVain, Occupant occupant)
    {
        if (inVain.Count > 0) return (false, $"{inVain[^1].Type} at {BudgetDecision.Clock(inVain[^1].At)} did not help");
        if (options.IsShutOff) return (false, "Robot says that the server is shut off, and offers no power button");
        var runs = occupant switch
        {
            Occupant.Kernel => "something runs there that refuses connections",
            Occupant.ForeignSystem => "a system runs there",
            Occupant.RescueSystem => "a rescue system runs there",
            _ => null,
        };
        if (runs is null)
        {
            return (false, occupant == Occupant.TalosMaintenance
                ? "Talos runs there from memory and has nothing to write out"
                : "nothing is known to run there that would answer Ctrl+Alt+Del");
        }

        return options.Offers(ResetType.Software)
            ? (true, $"{runs}, and Ctrl+Alt+Del lets it end in good order")
            : (false, $"{runs}, and Robot offers no sw (Ctrl+Alt+Del) for this server");
    }
}
