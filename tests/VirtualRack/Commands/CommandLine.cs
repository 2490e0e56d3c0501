using System.CommandLine;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Commands;

internal static class CommandLine
{
    /// <returns>What the command says; 1 with one message on standard error when it cannot be done.</returns>
    public static async Task<int> InvokeAsync(RootCommand root, string[] arguments)
    {
        try
        {
            // A stopping rack takes its machines down in order; the two seconds of the default would cut that short.
            return await root.Parse(arguments).InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromSeconds(15),
            });
        }
        catch (Exception problem) when (problem is ToolException or RackDescriptionException)
        {
            await Console.Error.WriteLineAsync($"rack: {problem.Message}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
    }
}
