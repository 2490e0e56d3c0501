using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Commands;

/// <summary>How commands without a run end when something stops them.</summary>
internal static class CommandFailure
{
    public static async Task<int> GuardAsync(Func<Task<int>> command, bool json, CancellationToken cancellation)
    {
        try
        {
            return await command();
        }
        catch (Exception e)
        {
            var failure = NodeRuns.AsFailure(e, cancellation);
            if (json) new JsonReporter(Console.Out, TimeProvider.System).Finished(new NodeResult("", failure.Message, false, failure, []));
            else Print(failure);
            return failure.Code.ExitCode;
        }
    }

    private static void Print(ProvisionException failure)
    {
        Console.Error.WriteLine($"{failure.Code.Name}: {failure.Message}");
        foreach (string cause in ErrorChain.Causes(failure)) Console.Error.WriteLine($"because: {cause}");
        if (failure.Remedy is { } remedy) Console.Error.WriteLine($"remedy: {remedy}");
    }
}
