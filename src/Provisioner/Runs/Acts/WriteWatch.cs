using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs.Acts;

/// <summary>Sees a write's events: keeps what will be wiped, shows the rest, and remembers how far it came.</summary>
internal sealed class WriteWatch(NodeContext context, string job, DiskIdentity disk) : IDisposable
{
    private WipedBytesFile? _wiped;
    private bool _asked;

    public void See(AgentEvent agentEvent)
    {
        switch (agentEvent)
        {
            // Told again to whoever comes back; an earlier connection may have kept them already.
            case BytesSaved piece when !context.Record.WipedKept:
                File().Add(piece);
                break;
            case SavingDone done:
                if (!context.Record.WipedKept)
                {
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

    private WipedBytesFile File() => _wiped ??= WipedBytesFile.Create(context.Services.State, context.Node.Name, disk, context.Now);
}
