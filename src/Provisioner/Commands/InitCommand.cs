using System.CommandLine;
using Kronform.Provision.Cluster;

namespace Kronform.Provision.Commands;

/// <summary><c>provision init</c>: a commented starter, never over an existing file.</summary>
public static class InitCommand
{
    public static Command Create()
    {
        var command = new Command("init", "Write a commented starter provision.yaml.");
        command.SetAction((parsed, cancellation) => CommandFailure.GuardAsync(parsed, async () =>
        {
            string path = parsed.GetValue(CommonOptions.File)!;
            StarterFile.Write(path);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"Wrote {path}. Fill it in, then: provision doctor");
            return 0;
        }, cancellation));
        return command;
    }
}
