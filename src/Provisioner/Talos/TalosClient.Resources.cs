using System.Runtime.CompilerServices;
using Kronform.Provision.Talos.Protos.Cosi;

namespace Kronform.Provision.Talos;

/// <summary>Talos's resources (COSI), read over the same connection as its other services.</summary>
public sealed partial class TalosClient
{
    private const string CosiState = "/cosi.resource.State/";
    private const string RuntimeNamespace = "runtime";

    /// <param name="id">As Talos names its META keys: `0x0a`.</param>
    /// <returns>The value, or null when the key is not there.</returns>
    public async Task<string?> MetaKeyAsync(string id, CancellationToken cancellation) =>
        await GetAsync("MetaKeys.runtime.talos.dev", id, cancellation) is { } resource ? CosiResource.MetaKey(resource) : null;

    /// <returns>Stage and readiness, or null while the node does not know them itself.</returns>
    public async Task<TalosMachineStatus?> MachineStatusAsync(CancellationToken cancellation) =>
        await GetAsync("MachineStatuses.runtime.talos.dev", "machine", cancellation) is { } resource ? CosiResource.MachineStatus(resource) : null;

    /// <summary>
    /// Stage and readiness now, and again at each change, until the caller or the node ends it. Null while the node does not know
    /// them. A watch that breaks off may have missed what came after: look again.
    /// </summary>
    /// <param name="lifetime">How long to watch at most; then it ends with <see cref="GrpcCode.DeadlineExceeded"/>.</param>
    public async IAsyncEnumerable<TalosMachineStatus?> WatchMachineStatusAsync(
        TimeSpan lifetime, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var request = new WatchRequest { Namespace = RuntimeNamespace, Type = "MachineStatuses.runtime.talos.dev", Id = "machine", ApiVersion = 1 };
        await foreach (var answer in _channel.ServerStreamAsync(CosiState + "Watch", request, WatchResponse.Parser, lifetime, cancellation))
        {
            // The first answer holds no event: it says that the watch stands.
            foreach (var resource in CosiResource.Changes(answer))
                yield return resource is null ? null : CosiResource.MachineStatus(resource);
        }
    }

    /// <returns>Null when there is no such resource, or no such type in this version of Talos.</returns>
    private async Task<Resource?> GetAsync(string type, string id, CancellationToken cancellation)
    {
        try
        {
            var request = new GetRequest { Namespace = RuntimeNamespace, Type = type, Id = id };
            return (await QuestionAsync(CosiState + "Get", request, GetResponse.Parser, cancellation)).Resource;
        }
        catch (TalosRpcException e) when (e.Code == GrpcCode.NotFound || IsUnknownType(e))
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<T>?> ListAsync<T>(string ns, string type, Func<Resource, T> read, CancellationToken cancellation)
    {
        try
        {
            var found = new List<T>();
            var request = new ListRequest { Namespace = ns, Type = type };
            await foreach (var item in _channel.ServerStreamAsync(CosiState + "List", request, ListResponse.Parser, Question, cancellation))
                found.Add(read(item.Resource));
            return found;
        }
        catch (TalosRpcException e) when (e.Code is GrpcCode.PermissionDenied or GrpcCode.NotFound or GrpcCode.Unimplemented)
        {
            return null;
        }
    }

    /// <summary>`resource type "X" is not supported`: this version of Talos does not have it.</summary>
    private static bool IsUnknownType(TalosRpcException e) =>
        e.Code == GrpcCode.PermissionDenied && e.Detail.StartsWith("resource type", StringComparison.Ordinal);
}
