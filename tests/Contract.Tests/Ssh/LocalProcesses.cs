namespace Kronform.Provision.Contract.Tests.Ssh;

/// <summary>The processes of this machine, as /proc shows them.</summary>
internal static class LocalProcesses
{
    /// <summary>Living processes; arguments end with NUL.</summary>
    public static IEnumerable<(int Pid, string CommandLine)> All()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid))
                continue;
            string commandLine;
            try
            {
                commandLine = File.ReadAllText($"{folder}/cmdline");
            }
            catch (IOException)
            {
                continue;
            }

            // Empty for a zombie or a thread of the kernel.
            if (commandLine.Length > 0)
                yield return (pid, commandLine);
        }
    }
}
