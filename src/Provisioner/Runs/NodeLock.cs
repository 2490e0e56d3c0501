using Kronform.Provision.Failures;
using Kronform.Provision.Files;

namespace Kronform.Provision.Runs;

/// <summary>
/// One run per node at a time: an exclusive lock on an open file, which the kernel drops with the process however it dies. A
/// second file beside it says whose it is; it may be stale, the lock never is.
/// </summary>
public sealed class NodeLock : IDisposable
{
    private readonly FileLock _held;

    private NodeLock(FileLock held) => _held = held;

    public static NodeLock Take(StateFolder state, string node)
    {
        string folder = state.Node(node), owner = Path.Combine(folder, "lock.owner");
        try
        {
            if (FileLock.TryTake(Path.Combine(folder, "lock")) is not { } held)
            {
                string whose = File.Exists(owner) ? File.ReadAllText(owner) : "unknown";
                throw new ProvisionException(FailureCode.RunLocked, $"Another provision works on {node} ({whose})", "Wait for it, or end it; a lock never outlives its process.");
            }

            File.WriteAllText(owner, $"process {Environment.ProcessId} of {Environment.UserName} on {Environment.MachineName}");
            return new NodeLock(held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Locking {node} in {folder}", "Make the state folder writable and give it room, then run again.", e);
        }
    }

    public void Dispose() => _held.Dispose();
}
