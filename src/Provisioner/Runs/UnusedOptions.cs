namespace Kronform.Provision.Runs;

/// <summary>What to tell an operator whose options about disks met a node that needed no disk.</summary>
public static class UnusedOptions
{
    public static IEnumerable<string> Notes(RunOptions options, bool diskTouched)
    {
        if (diskTouched) yield break;
        if (options.Plan is { } plan)
            yield return $"--plan {plan} had nothing to check: this command wrote to no disk";
        foreach (string serial in options.Neutralise.Distinct())
            yield return $"warning: --neutralise {serial} had no effect: this command wrote to no disk; if that disk still has to be neutralised, do it in the rescue system";
    }
}
