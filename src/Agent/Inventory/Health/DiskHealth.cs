using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory.Health;

/// <summary>Asks a disk for its health, and does not wait for one that is too ill to answer.</summary>
internal sealed class DiskHealth(ISmartctl smartctl, TimeProvider time, Action<string> warn)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Null when nobody could be asked or nobody answered.</summary>
    public async Task<SmartHealth?> OfAsync(string name, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            // The second wait is for a process that no signal reaches, as it hangs in the kernel.
            var output = await smartctl.HealthAsync(name, either.Token).WaitAsync(either.Token);
            return output is null ? null : SmartReport.Parse(output);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            warn($"Asking {name} for its health: no answer within {Limit.TotalSeconds:F0} s");
            return null;
        }
    }
}
