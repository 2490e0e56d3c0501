using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs;

/// <summary>
/// What was on a disk where it is wiped, beside the node's journal: one JSON object a line with <c>offset</c> (bytes from the
/// disk's start), <c>length</c> and <c>gzip</c> (base64). runbook.md tells how to put it back.
/// </summary>
public sealed partial class WipedBytesFile : IDisposable
{
    private readonly FileStream _file;

    internal WipedBytesFile(string path, FileMode mode = FileMode.CreateNew)
    {
        Path = path;
        _file = new FileStream(path, new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            // What a buffer holds back from a full disk would be tried again by the closing, whose failure would hide the first.
            BufferSize = 0,
        });
    }

    public string Path { get; }

    /// <exception cref="ProvisionException"><see cref="FailureCode.RunJournal"/>.</exception>
    public static WipedBytesFile Create(StateFolder state, string node, DiskIdentity disk, DateTimeOffset now)
    {
        var name = string.Concat((disk.Serial ?? disk.Wwn ?? "disk").Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        var path = System.IO.Path.Combine(state.Node(node), $"{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'.'ffffff'Z'", CultureInfo.InvariantCulture)}-{name}.wiped.jsonl");
        return Guard(path, () => new WipedBytesFile(path));
    }

    public void Add(BytesSaved piece) => Guard(Path, () =>
    {
        var line = JsonSerializer.Serialize(new Line(piece.OffsetBytes, piece.LengthBytes, piece.Gzip), WipedJson.Default.Line);
        _file.Write(Encoding.UTF8.GetBytes(line + "\n"));
        return true;
    });

    /// <summary>Returns when the file is on this machine's disk.</summary>
    public void Finish() => Guard(Path, () =>
    {
        _file.Flush(flushToDisk: true);
        return true;
    });

    public void Dispose() => _file.Dispose();

    private static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Keeping what is about to be wiped in {path}", "Make room there, or choose another folder with --state. The disk was not touched.", e);
        }
    }

    internal sealed record Line(long Offset, int Length, byte[] Gzip);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Line))]
    private sealed partial class WipedJson : JsonSerializerContext;
}
