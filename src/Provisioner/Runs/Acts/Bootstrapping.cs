using Kronform.Provision.Failures;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Acts;

/// <summary>
/// Calls bootstrap, at most once in a cluster's life. Talos protects only the node that has etcd data already: a second call on
/// another control plane makes a second cluster. So the ledger names the one node before the call, and never another after.
/// </summary>
public static class Bootstrapping
{
    public static async Task RunAsync(NodeContext context, CancellationToken cancellation)
    {
        context.Enter(RunPhase.Join, "Bootstrapping etcd");
        var ledger = new BootstrapLedger(context.Services.State);
        if (ledger.Refusal(context.Node.Name, context.Record) is { } refusal) throw refusal;

        context.Append(new BootstrapAsking());
        ledger.Record(context.Node.Name, done: false, context.Now);
        try
        {
            using var talos = TalosClient.ForConfigured(context.Address, TalosClient.DefaultPort, context.Services.Identity, context.Services.Time);
            await talos.BootstrapAsync(cancellation);
            Finish(context, ledger, "accepted");
        }
        catch (TalosRpcException e) when (e.Code == GrpcCode.AlreadyExists)
        {
            Finish(context, ledger, "already-exists");
        }
        catch (TalosRpcException e) when (e.Code is GrpcCode.FailedPrecondition or GrpcCode.Unavailable or GrpcCode.DeadlineExceeded or GrpcCode.Cancelled)
        {
            // Too early, or the answer was lost: the node is asked again on the next turn, and only this node.
            context.Status($"waiting for etcd to accept the bootstrap ({e.Message})");
        }
        catch (TalosTrustException e)
        {
            context.Status($"waiting for Talos to be trusted ({e.Message})");
        }
        catch (TalosRpcException e)
        {
            throw new ProvisionException(FailureCode.BootstrapRefused, $"{context.Node.Name} refused to bootstrap etcd", null, e);
        }
    }

    private static void Finish(NodeContext context, BootstrapLedger ledger, string outcome)
    {
        context.Append(new BootstrapDone(outcome));
        ledger.Record(context.Node.Name, done: true, context.Now);
        context.Note(outcome == "accepted" ? "etcd bootstrap accepted" : "etcd was bootstrapped already");
    }
}
