using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Jobs;

/// <summary>
/// What a job has on the machine, below <c>/run/kronform/jobs</c>, which is memory and ends with the boot: its log, its socket,
/// and the file that its process holds while it lives. Whether one is held is only ever tried under
/// <see cref="GuardAsync"/>: whoever tries holds it for a moment.
/// </summary>
internal sealed class JobFolder
{
    private const int LongestId = 32;
    private static readonly TimeSpan GuardPace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan GuardLimit = TimeSpan.FromSeconds(60);

    private JobFolder(string path) => Path = path;

    public string Id => System.IO.Path.GetFileName(Path);

    public string Path { get; }

    /// <summary>Its events, one JSON object a line, as they were said: line N is event N.</summary>
    public string Events => System.IO.Path.Combine(Path, "events");

    public string Socket => System.IO.Path.Combine(Path, "socket");

    public string Program => System.IO.Path.Combine(Path, "kronform-agent");

    private string Held => System.IO.Path.Combine(Path, "held");

    public bool Exists => Directory.Exists(Path);

    /// <exception cref="AgentFailure">Not an id.</exception>
    public static JobFolder Of(HostRoots roots, string id) => id.Length is > 0 and <= LongestId && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
        ? new JobFolder(System.IO.Path.Combine(Root(roots), id))
        : throw new AgentFailure(AgentFailureCodes.BadOrder, $"A job's id has 1 to {LongestId} of a-z and 0-9");

    /// <exception cref="AgentFailure">There is no such job.</exception>
    public static JobFolder Existing(HostRoots roots, string id) => Of(roots, id) is { Exists: true } job
        ? job
        : throw new AgentFailure(AgentFailureCodes.BadOrder, $"There is no job {id}");

    /// <summary>Sorted by id.</summary>
    public static IReadOnlyList<JobFolder> All(HostRoots roots) => Directory.Exists(Root(roots))
        ? [.. Directory.GetDirectories(Root(roots)).Order(StringComparer.Ordinal).Select(path => new JobFolder(path))]
        : [];

    public void Create() => Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Held by the job's process. Null while it lives, or while somebody else tries it.</summary>
    public HeldFile? TryTake() => HeldFile.TryTake(Held);

    /// <summary>Only who has it starts a job or judges whether one lives. Null when somebody else has it.</summary>
    public static HeldFile? TryGuard(HostRoots roots)
    {
        Directory.CreateDirectory(Root(roots), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return HeldFile.TryTake(System.IO.Path.Combine(Root(roots), ".guard"));
    }

    public static async Task<HeldFile> GuardAsync(AgentWorld world, CancellationToken cancellation)
    {
        var since = world.Time.GetTimestamp();
        while (world.Time.GetElapsedTime(since) < GuardLimit)
        {
            if (TryGuard(world.Roots) is { } guard) return guard;
            await Task.Delay(GuardPace, world.Time, cancellation);
        }

        throw new AgentFailure(AgentFailureCodes.Busy, $"Somebody else has been starting a job or looking at the jobs for {GuardLimit.TotalSeconds:0} s");
    }

    private static string Root(HostRoots roots) => System.IO.Path.Combine(roots.Run, "kronform", "jobs");
}
