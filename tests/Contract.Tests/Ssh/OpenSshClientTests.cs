using Kronform.Provision.Ssh;

namespace Kronform.Provision.Contract.Tests.Ssh;

/// <summary>The system's OpenSSH client keeps the contract.</summary>
public sealed class OpenSshClientTests : SshClientContract
{
    protected override ISshClient CreateClient(TimeSpan keepAliveInterval, int keepAliveCount) =>
        new OpenSshClient(new OpenSshOptions(keepAliveInterval, keepAliveCount), TimeProvider.System);

    /// <summary>Its processes name their directory; the master's watchdog survives neither.</summary>
    protected override IReadOnlyList<string> LocalTraces(int processId) =>
        [.. LocalProcesses.All().Where(p => ParentOf(p.Pid) == processId).SelectMany(p => p.CommandLine.Split('\0'))
            .Where(word => word.Contains("/kf-", StringComparison.Ordinal)).Select(word => word[..(word.IndexOf("/kf-", StringComparison.Ordinal) + 24)])
            .Distinct().Where(Directory.Exists)];

    protected override IReadOnlyList<string> StillThere(IReadOnlyList<string> traces) =>
        [.. traces.Where(Directory.Exists), .. LocalProcesses.All().Where(p => traces.Any(t => p.CommandLine.Contains(t, StringComparison.Ordinal)))
            .Select(p => p.CommandLine.Replace('\0', ' '))];

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
