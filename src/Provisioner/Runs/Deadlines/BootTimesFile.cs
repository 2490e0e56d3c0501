using System.Collections.Concurrent;
using System.Text.Json;
using Kronform.Provision.Files;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Runs.Deadlines;

/// <summary>
/// What this user's runs have seen of each of Hetzner's server products, in one small file for all clusters. It only ever makes runs
/// more patient: without it, or when it is broken, the defaults hold.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle is never asked for holds nothing to dispose.
public sealed class BootTimesFile(string path, TimeProvider time, ILogger logger)
#pragma warning restore CA1001
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, RespectNullableAnnotations = true };

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ConcurrentQueue<(string Product, Func<ProductTimes, ProductTimes> Change)> _seen = new();

    /// <param name="product">As Robot spells it, for instance <c>AX41-NVMe</c>.</param>
    public ProductTimes Of(string product)
    {
        try
        {
            return Read().GetValueOrDefault(product, ProductTimes.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            logger.LogWarning(e, "What was learnt of server products cannot be read from {Path}; the default deadlines hold", path);
            return ProductTimes.None;
        }
    }

    /// <summary>
    /// Adds what was just seen. A failure is logged and changes nothing else. Runs of one process do not queue for the file: whoever
    /// has it writes what all of them have seen by then.
    /// </summary>
    public async Task LearnAsync(string product, Func<ProductTimes, ProductTimes> change, CancellationToken cancellation)
    {
        _seen.Enqueue((product, change));
        await _turn.WaitAsync(cancellation);
        try
        {
            var seen = new List<(string Product, Func<ProductTimes, ProductTimes> Change)>();
            while (_seen.TryDequeue(out var one)) seen.Add(one);
            if (seen.Count > 0) await KeepAsync(seen, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task KeepAsync(IReadOnlyList<(string Product, Func<ProductTimes, ProductTimes> Change)> seen, CancellationToken cancellation)
    {
        try
        {
            using var held = await FileLock.TakeWithinAsync(LockPatience, path + ".lock", time, cancellation);
            var all = ReadOrBegin();
            foreach (var (product, change) in seen) all[product] = change(all.GetValueOrDefault(product, ProductTimes.None));
            WholeFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(all, Json));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(e, "What was seen of {Products} could not be kept in {Path}", string.Join(", ", seen.Select(s => s.Product).Distinct()), path);
        }
    }

    private SortedDictionary<string, ProductTimes> ReadOrBegin()
    {
        try
        {
            return Read();
        }
        catch (JsonException e)
        {
            logger.LogWarning(e, "{Path} is broken and begins anew", path);
            return [];
        }
    }

    private SortedDictionary<string, ProductTimes> Read()
    {
        if (!File.Exists(path)) return [];
        var all = JsonSerializer.Deserialize<SortedDictionary<string, ProductTimes>>(File.ReadAllBytes(path), Json) ?? [];
        if (all.Values.Any(t => t?.Rescue is null || t.Disk is null || t.Rescue.Concat(t.Disk).Any(s => s is not (>= 0 and < 86400))))
            throw new JsonException("it has times that cannot be");
        return all;
    }
}
