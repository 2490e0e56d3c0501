namespace Kronform.Provision.Runs;

/// <summary>
/// How an operator stops the runs of this process: asked once, each ends at its next safe point; asked again, at once. Neither
/// leaves a disk that would start half written: the image's first MiB is missing until all of it was read back.
/// </summary>
public sealed class RunStop : IDisposable
{
    private readonly CancellationTokenSource _soon = new();
    private readonly CancellationTokenSource _now = new();
    private int _asked;

    public StopTokens Tokens => new(_soon.Token, _now.Token);

    /// <returns>False when both were asked for already: then there is nothing left to ask.</returns>
    public bool Ask()
    {
        switch (Interlocked.Increment(ref _asked))
        {
            case 1: _soon.Cancel(); return true;
            case 2: _now.Cancel(); return true;
            default: return false;
        }
    }

    public void Dispose()
    {
        _soon.Dispose();
        _now.Dispose();
    }
}

/// <param name="Soon">At the next safe point: for whatever may be broken off anywhere.</param>
/// <param name="Now">At once: for what is better brought to its end, because half of it would have to be guessed at later.</param>
public readonly record struct StopTokens(CancellationToken Soon, CancellationToken Now)
{
    public static implicit operator StopTokens(CancellationToken both) => FromToken(both);

    public static StopTokens FromToken(CancellationToken both) => new(both, both);
}

/// <summary>What being asked to stop means in the midst of an action.</summary>
public static class Stopping
{
    private const string WriteGoesOn = "stopping: the write that may go on in the rescue system is ended first";

    /// <param name="action">Under way; null between two.</param>
    /// <param name="phase">Entered last.</param>
    /// <param name="writing">A write may be at work without us; see <see cref="Acts.LeftBehind"/>.</param>
    public static string Sentence(NextAction? action, RunPhase? phase, bool writing) => action switch
    {
        NextAction.Install when phase != RunPhase.Write && writing => WriteGoesOn,
        NextAction.Install when phase == RunPhase.Write => "stopping: the write is broken off; the disk keeps no partition table, unless the whole image was read back already",
        NextAction.Install => "stopping before anything is written",
        NextAction.VerifyAndBoot => "stopping; the disk is only read here",
        NextAction.EnterRescue => "stopping as soon as the reset is through, so that nothing stays armed for somebody's next reboot",
        NextAction.ResetToDisk => "stopping as soon as the reset is through",
        NextAction.Boot => "stopping as soon as the rescue system was asked to reboot",
        NextAction.SendConfig => "stopping as soon as Talos has answered to its machine config",
        NextAction.Bootstrap => "stopping as soon as the bootstrap was answered",
        _ => writing ? WriteGoesOn : "stopping; nothing is under way",
    } + ". Asked once more, it stops at once";
}
