using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs.Acts;

/// <summary>Sees a write's events: keeps what will be wiped, shows the rest, and remembers how far it came.</summary>
internal sealed class WriteWatch(NodeContext context, string job, DiskIdentity disk) : IDisposable
{
    private WipedBytesFile? _wiped;
    private bool _asked;
    private int _pieces;
    private long _bytes;

    public void See(AgentEvent agentEvent)
    {
        switch (agentEvent)
        {
            // Told again to whoever comes back; an earlier connection may have kept them already.
            case BytesSaved piece when !context.Record.WipedKept:
                File().Add(piece);
                _pieces++;
                _bytes += piece.LengthBytes;
                break;
            case SavingDone done:
                if (!context.Record.WipedKept)
                {
                    RequireAll(done);
                    File().Finish();
                    context.Append(new WipedBytesKept(disk, Path.GetFileName(File().Path), done.Pieces, done.Bytes));
                }

                _asked = true;
                break;
        }

        Installation.Follow(context, agentEvent);
        // Whatever comes behind the question says that it was answered; only from there on need nothing be told again.
        if (agentEvent is not SavingDone && (_asked || context.Heard is { } heard && heard.Job == job)) context.Heard = (job, agentEvent.Index);
    }

    public void Dispose() => _wiped?.Dispose();

    /// <summary>
    /// Whoever comes back later answers on the journal's word alone. As long as it has not said that they are kept, a job's
    /// events are heard from the first.
    /// </summary>
    private void RequireAll(SavingDone done)
    {
        if (_pieces != done.Pieces || _bytes != done.Bytes)
            throw new ProvisionException(FailureCode.RunJournal, $"Keeping what is about to be wiped in {File().Path}: {_pieces} pieces with {_bytes} bytes arrived, and {done.Pieces} with {done.Bytes} were sent. The disk was not touched", "Run again: the job begins anew.");
    }

    private WipedBytesFile File() => _wiped ??= WipedBytesFile.Create(context.Services.State, context.Node.Name, disk, context.Now);
}
