using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kronform.Provision.Files;

namespace Kronform.Provision.Servers.Budgets;

/// <summary>What an account's budget file holds: the use of each group of calls by its name. Groups not known here are kept.</summary>
public sealed record BudgetLedger
{
    public IReadOnlyDictionary<string, EndpointUse> Endpoints { get; init; } = new Dictionary<string, EndpointUse>();

    public EndpointUse this[CallLimit limit] => Endpoints.GetValueOrDefault(limit.Name) ?? new EndpointUse();

    public BudgetLedger With(CallLimit limit, EndpointUse use) =>
        this with { Endpoints = new Dictionary<string, EndpointUse>(Endpoints) { [limit.Name] = use } };

    public BudgetLedger Merged(BudgetLedger other) => this with
    {
        Endpoints = Endpoints.Keys.Union(other.Endpoints.Keys).ToDictionary(
            name => name,
            name => (Endpoints.GetValueOrDefault(name), other.Endpoints.GetValueOrDefault(name)) switch
            {
                ({ } mine, { } theirs) => mine.Merged(theirs),
                var (mine, theirs) => mine ?? theirs!,
            }),
    };
}

/// <summary>
/// The one file of a Robot account on this machine, read and written by every process under a lock beside it. It holds counts and
/// times, no user name and no password.
/// </summary>
public sealed class BudgetFile(string path, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
    };

    /// <summary>Others hold the lock for milliseconds; one that is stopped in the middle must not hold up a run.</summary>
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);

    public string Path { get; } = path;

    /// <summary>Another account, and another Robot, is another file; a wrong password of the same user is the same account's.</summary>
    public static string NameOf(RobotConnection connection) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{connection.BaseUrl.AbsoluteUri.TrimEnd('/')}\n{connection.User}")))[..16] + ".json";

    /// <summary>Reads, changes and writes as one step that no other process can get between.</summary>
    /// <param name="change">Null leaves the file as it is.</param>
    /// <exception cref="IOException">It cannot be read or written, or another process holds it for ever.</exception>
    /// <exception cref="UnauthorizedAccessException">The same for want of rights.</exception>
    /// <exception cref="JsonException">It holds something else.</exception>
    public async Task UpdateAsync(Func<BudgetLedger, BudgetLedger?> change, CancellationToken cancellation)
    {
        using var held = await LockAsync(cancellation);
        var ledger = File.Exists(Path) ? Parse(await File.ReadAllBytesAsync(Path, cancellation)) : new BudgetLedger();
        if (change(ledger) is { } changed) WholeFile.Write(Path, JsonSerializer.SerializeToUtf8Bytes(changed, Json));
    }

    /// <summary>Gives up what is there for a new beginning.</summary>
    /// <inheritdoc cref="UpdateAsync"/>
    public async Task ReplaceAsync(BudgetLedger ledger, CancellationToken cancellation)
    {
        using var held = await LockAsync(cancellation);
        WholeFile.Write(Path, JsonSerializer.SerializeToUtf8Bytes(ledger, Json));
    }

    /// <exception cref="JsonException">Not a budget file.</exception>
    public static BudgetLedger Parse(ReadOnlySpan<byte> bytes)
    {
        var ledger = JsonSerializer.Deserialize<BudgetLedger>(bytes, Json) ?? throw new JsonException("it is empty");
        if (ledger.Endpoints.Values.Any(use => use?.Minutes is null || use.Minutes.Any(m => m is not { Calls: >= 0 and < 1_000_000 })))
            throw new JsonException("it has counts that cannot be");
        return ledger;
    }

    private Task<FileLock> LockAsync(CancellationToken cancellation) => FileLock.TakeWithinAsync(LockPatience, Path + ".lock", time, cancellation);
}
