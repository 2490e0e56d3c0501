using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Runs.Acts;

/// <summary>From the rescue system to the written disk.</summary>
public static class DiskBoot
{
    /// <summary>
    /// <c>shutdown -r</c>, never <c>-h</c>: a server that was halted looks exactly like a failed installation. Detached, so that the
    /// answer arrives before the connection dies; <c>reboot</c> where the rescue system has no shutdown. <c>sync</c> is detached, too:
    /// for a disk that is dying, which need not be the written one, it can wait for ever.
    /// </summary>
    private const string RebootCommand = "(sleep 0.3; sync; shutdown -r now || reboot) >/dev/null 2>&1 </dev/null & echo rebooting";

    /// <summary>
    /// For a command that answers at once. A link can live while nothing behind it moves any more, and the next rung, a reset, comes
    /// only once this one was asked.
    /// </summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    /// <summary>False when the disk no longer holds what was written, which is journalled.</summary>
    public static async Task<bool> VerifyAsync(NodeContext context, ISshSession session, RescueFacts facts, CancellationToken cancellation)
    {
        var written = context.Record.Written!;
        context.Enter(RunPhase.Write, $"Reading back what an earlier attempt wrote to the disk with {written.Disk}");
        var link = new AgentLink(session, context.Services.Agent, context.Services.Time);
        context.Append(new RescueProven(facts.BootId, [], null));
        if (facts.AgentSha256 != context.Services.Agent.Sha256) await link.DeliverAsync(null, cancellation);
        var order = new VerifyOrder { Disk = written.Disk, WrittenBytes = written.Bytes, ContentDigest = written.ContentDigest, ChunkMarks = written.ChunkMarks, BootNonce = context.Record.BootNonce };
        DiskVerified verified;
        try
        {
            verified = await link.VerifyAsync(order, agentEvent => Installation.Follow(context, agentEvent), cancellation);
        }
        catch (ProvisionException e) when (e.Code == FailureCode.DiskNone || e.Code == FailureCode.DiskReadBack)
        {
            // The disk is gone or was replaced, or cannot be read: the choice begins anew.
            verified = new DiskVerified { Disk = written.Disk, Equal = false, Difference = e.Message };
        }

        if (verified.Equal)
        {
            context.Note("the disk still holds the image as it was read back");
            return true;
        }

        context.Append(new WrittenImageLost(verified.Difference ?? "it differs"));
        context.Note($"the disk no longer holds what was written: {verified.Difference}");
        return false;
    }

    public static async Task RebootAsync(NodeContext context, ISshSession session, string bootId, CancellationToken cancellation)
    {
        context.Enter(RunPhase.Boot, "Rebooting into the written disk");
        await RescueEntry.RefuseOtherBootAsync(context, cancellation);
        // Still armed (it was consumed at boot, but somebody may have armed it again), the server would come back to rescue.
        await RescueEntry.DisarmIfArmedAsync(context, cancellation);
        context.Append(new RebootAsking(bootId));
        await AskAsync(session, context.Services.Time, cancellation);
    }

    /// <summary>The connection may die before the answer, or none may come. Whether it rebooted is observed, not assumed.</summary>
    internal static async Task AskAsync(ISshSession session, TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(AnswerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await session.RunAsync(RebootCommand, null, null, either.Token);
        }
        catch (SshException)
        {
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
    }
}
