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

    private JournalFile(FileStream stream, TimeProvider time, List<JournalEntry> entries)
    {
        (_stream, _time, _entries) = (stream, time, entries);
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
            };
            var stream = new FileStream(path, options);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var (entries, goodLength) = Parse(bytes, path);
            stream.SetLength(goodLength);
            stream.Position = goodLength;
            return new JournalFile(stream, time, entries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Opening the run's journal {path}", "Make the state folder writable and give it room; nothing was done without a journal.", e);
        }
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
        try
        {
            _stream.Write(Encoding.ASCII.GetBytes(Checksum(json)));
            _stream.WriteByte((byte)' ');
            _stream.Write(json);
            _stream.WriteByte((byte)'\n');
            _stream.Flush(flushToDisk: true);
        }
        catch (IOException e)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Writing to the run's journal {Path}", "Make room on that file system and run again: what was done is observed, not assumed.", e);
        }

        _entries.Add(stamped);
        return stamped;
    }

    public void Dispose() => _stream.Dispose();

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
