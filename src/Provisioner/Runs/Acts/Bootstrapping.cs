using Kronform.Provision.Failures;
using Kronform.Provision.Runs.Joining;
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

        // The journal first: an entry of the ledger without one in the journal means a cluster whose data is gone.
        context.Append(new BootstrapAsking());
        switch (ledger.Claim(context.Node.Name, context.Now))
        {
            case BootstrapClaim.Taken: throw ledger.Refusal(context.Node.Name, context.Record)!;
            case BootstrapClaim.Busy:
                context.Status("waiting for another run to say which node it bootstraps");
                return;
        }

        switch (await AskAsync(context, cancellation))
        {
            case (BootstrapAnswer.Accepted, var already):
                context.Append(new BootstrapDone(already ? "already-exists" : "accepted"));
                ledger.Record(context.Node.Name, done: true, context.Now);
                context.Note(already ? "etcd was bootstrapped already" : "etcd bootstrap accepted");
                return;
            case (BootstrapAnswer.AskAgain again, _):
                context.Status($"waiting for etcd to accept the bootstrap: {again.Reason}");
                return;
            case (BootstrapAnswer.Refused refused, _):
                throw new ProvisionException(FailureCode.BootstrapRefused, $"{context.Node.Name} refused to bootstrap etcd: {refused.Reason}", refused.Remedy);
        }
    }

    /// <returns>The answer, and whether it is about an earlier call.</returns>
    private static async Task<(BootstrapAnswer Answer, bool Already)> AskAsync(NodeContext context, CancellationToken cancellation)
    {
        using var talos = TalosClient.ForConfigured(context.Address, TalosClient.DefaultPort, context.Services.Identity, context.Services.Time);
        try
        {
            await talos.BootstrapAsync(cancellation);
            return (new BootstrapAnswer.Accepted(), false);
        }
        catch (TalosTrustException e)
        {
            return (new BootstrapAnswer.AskAgain($"Talos cannot be trusted yet ({e.Message})"), false);
        }
        catch (TalosRpcException e)
        {
            var answer = BootstrapAnswer.Of(e.Code, e.Detail);
            return answer is BootstrapAnswer.HasData ? (await WithDataAsync(talos, cancellation), true) : (answer, false);
        }
    }

    private static async Task<BootstrapAnswer> WithDataAsync(TalosClient talos, CancellationToken cancellation)
    {
        try
        {
            return BootstrapAnswer.WithData(await talos.HostnameAsync(cancellation), await ControlPlanes.MembersAsync(talos, cancellation));
        }
        catch (TalosRpcException e)
        {
            return new BootstrapAnswer.AskAgain($"it has etcd data, and does not answer further questions ({e.Message})");
        }
    }
}
