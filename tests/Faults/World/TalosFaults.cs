using Kronform.Provision.TalosEmulator;

namespace Kronform.Provision.Faults.World;

/// <summary>A scenario's words for what is wrong with Talos.</summary>
internal static class TalosFaults
{
    /// <exception cref="FormatException">Not one of them.</exception>
    public static TalosPlan Plan(IEnumerable<string> words)
    {
        var plan = new TalosPlan();
        foreach (var word in words)
        {
            if (word == "clock-not-in-sync") plan.ClockNotInSync = true;
            else if (word == "lose-bootstrap-reply") plan.BootstrapRepliesToLose = 1;
            else plan.Faults = plan.Faults.With(word);
        }

        return plan;
    }
}
