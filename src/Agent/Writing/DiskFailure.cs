using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Writing;

/// <summary>Gives what the kernel reported of a disk the name under which an operator looks it up.</summary>
internal static class DiskFailure
{
    public static void As(string code, string attempt, Action action)
    {
        try
        {
            action();
        }
        catch (DiskIoException failure)
        {
            throw new AgentFailure(code, attempt, failure);
        }
    }

    public static async Task<T> AsAsync<T>(string code, string attempt, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (DiskIoException failure)
        {
            throw new AgentFailure(code, attempt, failure);
        }
    }
}
