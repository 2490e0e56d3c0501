using System.Globalization;
using System.Security.Cryptography;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Runs;

/// <summary>
/// Where runs leave their journals and logs: <c>$XDG_STATE_HOME/kronform-provision/&lt;cluster&gt;/&lt;node&gt;/</c>, mode 0700.
/// Not in the git repository of machine configs: a journal holds a boot nonce, which is nobody else's business.
/// </summary>
public sealed class StateFolder(string root)
{
    private const string StampFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const int StampLength = 16;

    public string Root { get; } = root;

    public static StateFolder For(string? chosen, string cluster) => new(chosen ?? Path.Combine(Home(), cluster));

    /// <summary>
    /// Of all clusters of this user: <c>$XDG_STATE_HOME/kronform-provision</c>. What belongs to none of them (Robot's limits, how long
    /// server products take to boot) is there in folders with a leading dot.
    /// </summary>
    public static string Home()
    {
        string home = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } xdg ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(home, "kronform-provision");
    }

    /// <summary>Makes the folder and returns it.</summary>
    public string Create() => Create(Root);

    public string Node(string node) => Create(Path.Combine(Root, node));

    /// <summary>Journals of a node, oldest first: their names begin with their start in UTC.</summary>
    public IReadOnlyList<string> Journals(string node) =>
        [.. Directory.GetFiles(Node(node), "*.journal").Order(StringComparer.Ordinal)];

    /// <summary>The same without making the folder.</summary>
    public IReadOnlyList<string> JournalsOf(string node)
    {
        string folder = Path.Combine(Root, node);
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.journal").Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Of a new journal. It comes after the last one also when the clock has been set back since.</summary>
    public static string JournalName(DateTimeOffset now, string? last)
    {
        string stamp = Stamp(now);
        if (last is not null && Path.GetFileName(last) is { Length: > StampLength } name && string.CompareOrdinal(stamp, name[..StampLength]) <= 0
            && DateTimeOffset.TryParseExact(name[..StampLength], StampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var before))
            stamp = Stamp(before.AddSeconds(1));
        return $"{stamp}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}.journal";
    }

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString(StampFormat, CultureInfo.InvariantCulture);

    private static string Create(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Creating the state folder {folder}", "Choose a writable one with --state.", e);
        }

        return folder;
    }
}
