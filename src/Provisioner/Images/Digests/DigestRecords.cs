using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kronform.Provision.Failures;
using Kronform.Provision.Files;
using Kronform.Provision.Images.Downloads;

namespace Kronform.Provision.Images.Digests;

/// <param name="Sha256">Of the file as transferred, lower-case hex.</param>
/// <param name="Source">Where it came from, for people: <c>the release's sha256sum.txt</c>, <c>the first download</c>.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="LengthBytes">As transferred, when it was seen.</param>
/// <param name="ExpandedBytes">When it was seen and the file states it.</param>
public sealed record DigestRecord(string Sha256, string Source, DateTimeOffset At, long? LengthBytes = null, long? ExpandedBytes = null);

/// <summary>
/// <c>images.json</c> in the state folder (mode 0600): what an address held when it was first asked. Only an address whose digest
/// provision.yaml does not pin is in it. A digest once recorded is never replaced by the program.
/// </summary>
public sealed class DigestRecords(string stateFolder, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public string File { get; } = Path.Combine(stateFolder, "images.json");

    /// <exception cref="ProvisionException"><see cref="FailureCode.RunJournal"/> when the file is there and cannot be read.</exception>
    public DigestRecord? Find(Uri url) => Read().GetValueOrDefault(Key(url));

    /// <summary>Adds a record, atomically; one that is there already stays, and a different digest is refused.</summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.ImageDigest"/> with both digests; <see cref="FailureCode.RunJournal"/>.</exception>
    public async Task AddAsync(Uri url, DigestRecord record, CancellationToken cancellation)
    {
        try
        {
            using var alone = await FileLock.TakeAsync(File + ".lock", time, null, cancellation);
            var all = Read();
            if (all.TryGetValue(Key(url), out var earlier) && earlier.Sha256 != record.Sha256) throw Mismatch(url, earlier, record.Sha256);
            if (earlier is { LengthBytes: not null } || earlier == record) return;
            all[Key(url)] = earlier is null ? record : earlier with { LengthBytes = record.LengthBytes, ExpandedBytes = record.ExpandedBytes };
            WholeFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(all, Json));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Recording the image's digest in {File}", "Make the state folder writable, or choose another with --state.", error);
        }
    }

    public ProvisionException Mismatch(Uri url, DigestRecord recorded, string actual) => new(FailureCode.ImageDigest,
        $"Checking the image from {ImageAddress.Show(url)}: its SHA-256 is {actual}, but {recorded.Sha256} was recorded on {recorded.At:u} ({recorded.Source}); nothing was touched",
        $"Published files do not change. Find out why; if the new file is right, pin its digest as image.sha256 in provision.yaml, or delete the entry in {File}.");

    /// <summary>The address without its query, which may hold a secret; a digest of the query keeps different ones apart.</summary>
    internal static string Key(Uri url) => url.Query.Length == 0 ? ImageAddress.Show(url)
        : $"{ImageAddress.Show(url)}?query-sha256={Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.Query)))[..16]}";

    private SortedDictionary<string, DigestRecord> Read()
    {
        try
        {
            return System.IO.File.Exists(File)
                ? JsonSerializer.Deserialize<SortedDictionary<string, DigestRecord>>(System.IO.File.ReadAllBytes(File), Json) ?? []
                : [];
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Reading the recorded image digests in {File}",
                "It says what images were when they were first used. Restore it, or delete it to record them anew.", error);
        }
    }
}
