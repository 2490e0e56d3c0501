namespace Kronform.Provision.Runs.Deadlines;

/// <summary>How long servers of one product took, in seconds, the newest last; from the press or the reboot to what it was for.</summary>
/// <param name="Rescue">To a proven rescue system.</param>
/// <param name="Disk">To Talos from the written disk.</param>
public sealed record ProductTimes(IReadOnlyList<double> Rescue, IReadOnlyList<double> Disk)
{
    /// <summary>Older ones are forgotten: firmware is updated, and a network that was slow once need not stay so.</summary>
    public const int Kept = 10;

    public static readonly ProductTimes None = new([], []);

    public ProductTimes WithRescue(TimeSpan took) => this with { Rescue = Newest(Rescue, took) };

    public ProductTimes WithDisk(TimeSpan took) => this with { Disk = Newest(Disk, took) };

    private static IReadOnlyList<double> Newest(IReadOnlyList<double> times, TimeSpan took) => [.. times.Append(Math.Round(took.TotalSeconds, 1)).TakeLast(Kept)];
}

/// <summary>Deadlines for a server whose product has been seen to boot before. Pure.</summary>
public static class LearntDeadlines
{
    /// <summary>A boot that is twice as slow as the slowest seen is still a boot: memory training, a disk that spins up, a full POST.</summary>
    private const double Slack = 2;

    /// <summary>No product is waited for longer than this for what was learnt alone: then a person should look.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    /// <summary>Never shorter than the default, which has its own reasons; what the operator gave stays as it is.</summary>
    public static RunLimits Apply(RunLimits limits, ProductTimes times) => limits with
    {
        RescueDeadline = limits.RescueDeadlineGiven ? limits.RescueDeadline : Of(limits.RescueDeadline, times.Rescue),
        BootDeadline = limits.BootDeadlineGiven ? limits.BootDeadline : Of(limits.BootDeadline, times.Disk),
    };

    public static TimeSpan Of(TimeSpan floor, IReadOnlyList<double> seconds)
    {
        if (seconds.Count == 0) return floor;
        double learnt = Math.Min(Slack * seconds.TakeLast(ProductTimes.Kept).Max(), Longest.TotalSeconds);
        return learnt > floor.TotalSeconds ? TimeSpan.FromSeconds(learnt) : floor;
    }

    /// <summary>For the log: what holds, and what it comes from.</summary>
    public static string Describe(string product, RunLimits limits, ProductTimes times) =>
        $"deadlines for {product}: rescue system {Text(limits.RescueDeadline, limits.RescueDeadlineGiven, times.Rescue)}; written disk {Text(limits.BootDeadline, limits.BootDeadlineGiven, times.Disk)}";

    private static string Text(TimeSpan deadline, bool given, IReadOnlyList<double> seconds) =>
        FormattableString.Invariant($"{deadline.TotalMinutes:0.#} min ({(given ? "as given" : seconds.Count == 0 ? "none seen yet" : $"slowest of the last {seconds.Count}: {seconds.Max():0} s")})");
}
