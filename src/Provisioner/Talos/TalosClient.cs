using System.Globalization;
using System.Net;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kronform.Provision.Talos.Protos.Common;
using Kronform.Provision.Talos.Protos.Machine;
using Polly;
using Metadata = Kronform.Provision.Talos.Protos.Common.Metadata;

namespace Kronform.Provision.Talos;

/// <summary>
/// The Talos API of one node, spoken directly (no routing through another node). Every call throws
/// <see cref="TalosRpcException"/> for what the node or the connection says and <see cref="TalosTrustException"/> when a
/// certificate was not accepted. Questions are asked again, briefly; orders never, since only the caller knows what their answer was
/// worth: see <see cref="TalosPipelines"/>.
/// </summary>
public sealed partial class TalosClient : IDisposable
{
    public const int DefaultPort = 50000;

    /// <summary>A question a healthy node answers within milliseconds; more would only delay noticing a dead one.</summary>
    private static readonly TimeSpan Question = TimeSpan.FromSeconds(10);

    /// <summary>Talos validates, writes STATE and (for bootstrap) waits up to 5 s for the clock before it answers.</summary>
    private static readonly TimeSpan Order = TimeSpan.FromSeconds(30);

    private const string MachineService = "/machine.MachineService/";

    private readonly GrpcChannel _channel;
    private readonly ResiliencePipeline _questions;

    private TalosClient(TalosConnection connection, TimeProvider time) =>
        (_channel, _questions) = (new GrpcChannel(connection, time), TalosPipelines.Questions(time));

    /// <param name="pinnedSpki">The fingerprint from the probe, see <see cref="SpkiFingerprint"/>.</param>
    public static TalosClient ForMaintenance(IPAddress address, int port, string pinnedSpki, TimeProvider time) =>
        new(TalosConnection.ForMaintenance(address, port, pinnedSpki, time), time);

    /// <param name="identity">Must live as long as the client.</param>
    public static TalosClient ForConfigured(IPAddress address, int port, TalosIdentity identity, TimeProvider time) =>
        new(TalosConnection.ForConfigured(address, port, identity, time), time);

    public async Task<TalosVersionAnswer> VersionAsync(CancellationToken cancellation)
    {
        try
        {
            var answer = await AskAsync("Version", new Empty(), VersionResponse.Parser, cancellation);
            return new TalosVersionAnswer.Known(Only(answer.Messages, m => m.Metadata).Version_.Tag);
        }
        catch (TalosRpcException e) when (e.Code == GrpcCode.Unimplemented)
        {
            return await GetAsync("Versions.runtime.talos.dev", "version", cancellation) is { } resource
                ? new TalosVersionAnswer.Known(CosiResource.Version(resource))
                : new TalosVersionAnswer.NotToldInMaintenance();
        }
    }

    /// <summary>What answers here without asking for a client certificate. Throws only when the connection is not trusted.</summary>
    /// <exception cref="TalosTrustException">Another key than the pinned one.</exception>
    public async Task<MaintenanceKind> MaintenanceKindAsync(CancellationToken cancellation)
    {
        var version = await TryAsync(async () =>
        {
            var answer = await AskAsync("Version", new Empty(), VersionResponse.Parser, cancellation);
            return Only(answer.Messages, m => m.Metadata).Version_?.Tag;
        });
        var status = await TryAsync(() => MachineStatusAsync(cancellation));
        var resource = version.Value is null
            ? await TryAsync(async () => await GetAsync("Versions.runtime.talos.dev", "version", cancellation) is { } found ? CosiResource.Version(found) : null)
            : version;
        return MaintenanceSigns.Judge(version, resource, status);
    }

    /// <summary>
    /// Gives the node its machine config, in mode AUTO: the one mode that works in maintenance on every version. The answer can be
    /// lost because the node reconfigures its network under the call: after Unavailable, Cancelled or DeadlineExceeded probe
    /// again, and take "wants a client certificate of our CA" for success.
    /// </summary>
    /// <param name="config">One or more YAML documents; never logged.</param>
    public async Task<TalosApplied> ApplyConfigurationAsync(ReadOnlyMemory<byte> config, bool dryRun, CancellationToken cancellation)
    {
        var request = new ApplyConfigurationRequest
        {
            Data = ByteString.CopyFrom(config.Span), Mode = ApplyConfigurationRequest.Types.Mode.Auto, DryRun = dryRun,
        };
        var answer = await OrderAsync("ApplyConfiguration", request, ApplyConfigurationResponse.Parser, cancellation);
        var applied = Only(answer.Messages, m => m.Metadata);
        return new TalosApplied([.. applied.Warnings], applied.ModeDetails);
    }

    /// <summary>
    /// Starts a new etcd cluster on this node. Talos has no lock against doing that on a second node: ask the others first, and
    /// never call it on another node after an unclear answer.
    /// </summary>
    public async Task BootstrapAsync(CancellationToken cancellation)
    {
        var answer = await OrderAsync("Bootstrap", new BootstrapRequest(), BootstrapResponse.Parser, cancellation);
        Only(answer.Messages, m => m.Metadata);
    }

    public async Task<IReadOnlyList<TalosService>> ServicesAsync(CancellationToken cancellation)
    {
        var answer = await AskAsync("ServiceList", new Empty(), ServiceListResponse.Parser, cancellation);
        return [.. Only(answer.Messages, m => m.Metadata).Services.Select(FromProto)];
    }

    /// <param name="queryLocal">Ask this node's own etcd instead of one that is sure to be up to date.</param>
    public async Task<IReadOnlyList<TalosEtcdMember>> EtcdMembersAsync(bool queryLocal, CancellationToken cancellation)
    {
        var request = new EtcdMemberListRequest { QueryLocal = queryLocal };
        var answer = await AskAsync("EtcdMemberList", request, EtcdMemberListResponse.Parser, cancellation);
        return [.. Only(answer.Messages, m => m.Metadata).Members
            .Select(m => new TalosEtcdMember(m.Id, m.Hostname, [.. m.PeerUrls], [.. m.ClientUrls], m.IsLearner))];
    }

    public async Task<TalosEtcdStatus> EtcdStatusAsync(CancellationToken cancellation)
    {
        var answer = await AskAsync("EtcdStatus", new Empty(), EtcdStatusResponse.Parser, cancellation);
        var status = Only(answer.Messages, m => m.Metadata).MemberStatus;
        return new TalosEtcdStatus(status.MemberId, status.Leader, status.IsLearner, status.DbSize, [.. status.Errors]);
    }

    /// <summary>The kernel's random id of this boot. Needs the admin role, so not in maintenance mode.</summary>
    public async Task<string> BootIdAsync(CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var request = new ReadRequest { Path = "/proc/sys/kernel/random/boot_id" };
        await foreach (var part in _channel.ServerStreamAsync(MachineService + "Read", request, Data.Parser, Question, cancellation))
        {
            ThrowIfFailed(part.Metadata);
            text.Append(part.Bytes.ToStringUtf8());
        }

        return text.ToString().Trim();
    }

    public async Task<string> HostnameAsync(CancellationToken cancellation)
    {
        var answer = await AskAsync("Hostname", new Empty(), HostnameResponse.Parser, cancellation);
        return Only(answer.Messages, m => m.Metadata).Hostname_;
    }

    /// <summary>Orderly reboot. The answer comes before the node goes down.</summary>
    public async Task RebootAsync(CancellationToken cancellation)
    {
        var answer = await OrderAsync("Reboot", new RebootRequest(), RebootResponse.Parser, cancellation);
        Only(answer.Messages, m => m.Metadata);
    }

    public void Dispose() => _channel.Dispose();

    private Task<T> AskAsync<T>(string method, IMessage request, MessageParser<T> parser, CancellationToken cancellation)
        where T : class, IMessage<T> => QuestionAsync(MachineService + method, request, parser, cancellation);

    private async Task<T> QuestionAsync<T>(string path, IMessage request, MessageParser<T> parser, CancellationToken cancellation)
        where T : class, IMessage<T> =>
        await _questions.ExecuteAsync(async token => await _channel.UnaryAsync(path, request, parser, Question, token), cancellation);

    private Task<T> OrderAsync<T>(string method, IMessage request, MessageParser<T> parser, CancellationToken cancellation)
        where T : class, IMessage<T> => _channel.UnaryAsync(MachineService + method, request, parser, Order, cancellation);

    private static async Task<TalosAnswer<T>> TryAsync<T>(Func<Task<T?>> ask)
        where T : class
    {
        try
        {
            return new TalosAnswer<T>(GrpcCode.Ok, "", await ask());
        }
        catch (TalosRpcException e)
        {
            return new TalosAnswer<T>(e.Code, e.Detail, null);
        }
    }

    private static TalosService FromProto(ServiceInfo service) => new(
        service.Id,
        service.State,
        service.Health is null or { Unknown: true } ? TalosHealth.Unknown : service.Health.Healthy ? TalosHealth.Healthy : TalosHealth.Unhealthy,
        service.Events?.Events.LastOrDefault()?.Msg ?? "");

    /// <summary>Every answer is a list with one element per asked node; spoken to directly that is exactly one.</summary>
    private static T Only<T>(IReadOnlyList<T> messages, Func<T, Metadata?> metadata)
    {
        if (messages is not [var message])
            throw new TalosRpcException(GrpcCode.Internal, $"{messages.Count.ToString(CultureInfo.InvariantCulture)} answers where one node was asked");
        ThrowIfFailed(metadata(message));
        return message;
    }

    private static void ThrowIfFailed(Metadata? metadata)
    {
        if (metadata?.Error is { Length: > 0 } error)
            throw new TalosRpcException(metadata.Status is { Code: > 0 and <= 16 } status ? (GrpcCode)status.Code : GrpcCode.Unknown, error);
    }
}
