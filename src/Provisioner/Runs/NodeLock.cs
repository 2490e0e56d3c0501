using Kronform.Provision.Failures;

namespace Kronform.Provision.Runs;

/// <summary>
/// One run per node at a time: an exclusive lock on an open file, which the kernel drops with the process however it dies. A
/// second file beside it says whose it is; it may be stale, the lock never is.
/// </summary>
public sealed class NodeLock : IDisposable
{
    private readonly FileStream _file;

    private NodeLock(FileStream file) => _file = file;

    public static NodeLock Take(StateFolder state, string node)
    {
        string folder = state.Node(node);
        string owner = Path.Combine(folder, "lock.owner");
        try
        {
            // FileShare.None is a flock on Linux: it excludes others that ask the same way, on the same machine.
            var file = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(owner, $"process {Environment.ProcessId} of {Environment.UserName} on {Environment.MachineName}");
            return new NodeLock(file);
        }
        catch (IOException e)
        {
            string whose = File.Exists(owner) ? File.ReadAllText(owner) : "unknown";
            throw new ProvisionException(FailureCode.RunLocked, $"Another provision works on {node} ({whose})", "Wait for it, or end it; a lock never outlives its process.", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
