using System.CommandLine;
using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Commands;

/// <summary>How commands end when something stops them outside of a run, which tells its own failures.</summary>
internal static class CommandFailure
{
    public static async Task<int> GuardAsync(ParseResult parsed, Func<Task<int>> command, CancellationToken cancellation)
    {
        try
        {
            return await command();
        }
        catch (Exception e)
        {
            var failure = NodeRuns.AsFailure(e, cancellation);
            if (parsed.GetValue(CommonOptions.Output) == "json")
                new JsonReporter(parsed.InvocationConfiguration.Output, TimeProvider.System).Finished(new NodeResult("", failure.Message, false, failure, []));
            else await PrintAsync(failure, parsed.InvocationConfiguration.Error);
            return failure.Code.ExitCode;
        }
    }

    private static async Task PrintAsync(ProvisionException failure, TextWriter error)
    {
        await error.WriteLineAsync($"{failure.Code.Name}: {failure.Message}");
        foreach (string cause in ErrorChain.Causes(failure)) await error.WriteLineAsync($"because: {cause}");
        if (failure.Remedy is { } remedy) await error.WriteLineAsync($"remedy: {remedy}");
    }
}
