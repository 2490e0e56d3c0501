using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Runs;

/// <summary>
/// A run's journal on disk: one entry a line, <c>&lt;checksum&gt; &lt;json&gt;</c>, flushed to the device before <see cref="Append"/>
/// returns. A line that a crash left half written is dropped when the file is read; a damaged line before the last is an error,
/// because what happened after it cannot be trusted.
/// </summary>
public sealed class JournalFile : IDisposable
{
    private const int ChecksumLength = 16;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        AllowOutOfOrderMetadataProperties = true,
    };

    private readonly FileStream _stream;
    private readonly TimeProvider _time;
    private readonly List<JournalEntry> _entries;

    /// <summary>Where the last whole entry ends, and the next one begins.</summary>
    private long _end;

    /// <summary>A refused entry may have left some of its bytes behind <see cref="_end"/>.</summary>
    private bool _torn;

    private JournalFile(FileStream stream, TimeProvider time, List<JournalEntry> entries, long end)
    {
        (_stream, _time, _entries, _end) = (stream, time, entries, end);
    }

    public string Path => _stream.Name;

    public IReadOnlyList<JournalEntry> Entries => _entries;

    /// <summary>Opens or creates the file (mode 0600) and drops a torn tail from it.</summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.RunJournal"/> when it cannot be read, written or trusted.</exception>
    public static JournalFile Open(string path, TimeProvider time)
    {
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Read,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                // What a buffer holds back from a full disk would be tried again by whatever comes next, also by the closing.
                BufferSize = 0,
            };
            return On(new FileStream(path, options), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Opening the run's journal {path}", "Make the state folder writable and give it room; nothing was done without a journal.", e);
        }
    }

    internal static JournalFile On(FileStream stream, TimeProvider time)
    {
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var (entries, end) = Parse(bytes, stream.Name);
        if (end < bytes.Length) stream.SetLength(end);
        return new JournalFile(stream, time, entries, end);
    }

    /// <summary>What a journal holds, also while another process writes it; changes nothing.</summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.RunJournal"/> when it cannot be read or trusted.</exception>
    public static IReadOnlyList<JournalEntry> Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return Parse(bytes, path).Entries;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Reading the run's journal {path}", "Make it readable for you.", e);
        }
    }

    /// <summary>Entries of a journal's bytes, and the length up to which they are whole.</summary>
    public static (List<JournalEntry> Entries, long GoodLength) Parse(ReadOnlySpan<byte> bytes, string path)
    {
        var entries = new List<JournalEntry>();
        long good = 0;
        for (int line = 1; !bytes.IsEmpty; line++)
        {
            int end = bytes.IndexOf((byte)'\n');
            if (end < 0) break;
            if (ParseLine(bytes[..end]) is { } entry) entries.Add(entry);
            else if (bytes[(end + 1)..].IsEmpty) break;
            else throw new ProvisionException(FailureCode.RunJournal, $"{path}:{line}: the entry does not match its checksum", "The file was damaged or edited. Move it away to begin a new run; the disks are looked at again before anything is written.");
            good += end + 1;
            bytes = bytes[(end + 1)..];
        }

        return (entries, good);
    }

    public T Append<T>(T entry) where T : JournalEntry
    {
        var stamped = entry with { At = _time.GetUtcNow() };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes<JournalEntry>(stamped, Json);
        byte[] line = [.. Encoding.ASCII.GetBytes(Checksum(json)), (byte)' ', .. json, (byte)'\n'];
        try
        {
            TakeAwayTorn();
            _torn = true;
            _stream.Position = _end;
            _stream.Write(line);
            _stream.Flush(flushToDisk: true);
            (_torn, _end) = (false, _end + line.Length);
        }
        catch (IOException e)
        {
            TryTakeAwayTorn();
            throw new ProvisionException(FailureCode.RunJournal, $"Writing to the run's journal {Path}", "Make room on that file system and run again: what was done is observed, not assumed.", e);
        }

        _entries.Add(stamped);
        return stamped;
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>An entry that was refused did not happen; half of it before a later one would make a damaged journal.</summary>
    private void TakeAwayTorn()
    {
        if (_torn) _stream.SetLength(_end);
        _torn = false;
    }

    private void TryTakeAwayTorn()
    {
        try
        {
            TakeAwayTorn();
        }
        catch (IOException)
        {
            // The next entry tries again, or whoever opens the file next drops it.
        }
    }

    private static JournalEntry? ParseLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < ChecksumLength + 2 || line[ChecksumLength] != ' ') return null;
        var json = line[(ChecksumLength + 1)..];
        if (Encoding.ASCII.GetString(line[..ChecksumLength]) != Checksum(json)) return null;
        return JsonSerializer.Deserialize<JournalEntry>(json, Json);
    }

    private static string Checksum(ReadOnlySpan<byte> json) =>
        Convert.ToHexStringLower(SHA256.HashData(json))[..ChecksumLength];
}
