namespace Kronform.Provision.Runs.Deadlines;

/// <summary>Keeps what one run sees of its server's boots.</summary>
/// <param name="product">Of the server, as Robot spells it.</param>
public sealed class BootLearner(BootTimesFile file, string product)
{
    private DateTimeOffset? _last;

    public async Task SeeAsync(NodeContext context, Observation observation, DateTimeOffset began, CancellationToken cancellation)
    {
        if (BootWatch.Of(context.Record, observation, context.Options.Limits, began, context.Now) is not { } seen || seen.From == _last) return;
        _last = seen.From;
        await file.LearnAsync(product, times => seen is BootSeen.Rescue ? times.WithRescue(seen.Took) : times.WithDisk(seen.Took), cancellation);
    }
}
