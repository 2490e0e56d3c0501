using System.CommandLine;
using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Commands;

/// <summary><c>provision init</c>: a commented starter, never over an existing file.</summary>
public static class InitCommand
{
    public static Command Create()
    {
        var command = new Command("init", "Write a commented starter provision.yaml.");
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(CommonOptions.File)!;
            try
            {
                StarterFile.Write(path);
                Console.WriteLine($"Wrote {path}. Fill it in, then: provision doctor");
                return 0;
            }
            catch (ProvisionException e)
            {
                Console.Error.WriteLine($"{e.Code.Name}: {e.Message}{(e.Remedy is { } remedy ? "\nremedy: " + remedy : "")}");
                return e.Code.ExitCode;
            }
        });
        return command;
    }
}
