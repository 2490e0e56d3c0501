using System.Net;
using System.Text.Json;

namespace Kronform.Provision.TalosEmulator.Etcd;

internal enum EtcdPhase
{
    /// <summary>Waiting for the container runtime.</summary>
    Waiting,

    /// <summary>No data yet: to be bootstrapped or to join. Talos shows both the same way, and a member about to start too.</summary>
    Preparing,

    /// <summary>Data there, not serving yet.</summary>
    Starting,

    Running,

    /// <summary>The others have taken this member off the list.</summary>
    Failed,
}

internal enum BootstrapOutcome
{
    Accepted,
    NotAvailableYet,
    DataNotEmpty,
}

/// <summary>
/// etcd of one control plane: bootstrapped on request, or a learner and then a voter of the cluster found behind the endpoint.
/// No consensus is run; the first reachable voter of the list decides, and the others take over the list of highest revision.
/// </summary>
internal sealed class EtcdNode(
    StateFolder state, EtcdIdentity self, EtcdPeers peers, EmulatorTimings timings, EmulatorEvents events, TimeProvider time)
{
    private const string DataFile = "etcd.json";

    private readonly Lock _gate = new();
    private readonly long _started = time.GetTimestamp();
    private EtcdData? _data = Load(state);
    private long _dataSince = time.GetTimestamp();
    private bool _bootstrapping;
    private bool _announced;
    private HashSet<ulong> _reachable = [];

    public EtcdData? Data
    {
        get
        {
            lock (_gate)
                return _data;
        }
    }

    public EtcdPhase Phase => this switch
    {
        _ when !CriUp => EtcdPhase.Waiting,
        { Data: null } => EtcdPhase.Preparing,
        _ when time.GetElapsedTime(_started) < timings.CriUp + timings.EtcdPrepare => EtcdPhase.Preparing,
        { Data.Self: null } => EtcdPhase.Failed,
        _ when time.GetElapsedTime(_dataSince) < timings.EtcdStart => EtcdPhase.Starting,
        _ => EtcdPhase.Running,
    };

    /// <summary>More than half of the voters answer.</summary>
    public bool HasQuorum
    {
        get
        {
            lock (_gate)
            {
                var voters = _data?.Members.Where(m => !m.IsLearner).ToList() ?? [];
                return voters.Count(m => m.Id == _data!.MemberId || _reachable.Contains(m.Id)) > voters.Count / 2;
            }
        }
    }

    public EtcdMemberEntry? Leader
    {
        get
        {
            lock (_gate)
                return _data?.Members.FirstOrDefault(m => !m.IsLearner && (m.Id == _data.MemberId || _reachable.Contains(m.Id)));
        }
    }

    private bool CriUp => time.GetElapsedTime(_started) >= timings.CriUp;

    public BootstrapOutcome Bootstrap()
    {
        lock (_gate)
        {
            if (_data is not null)
                return BootstrapOutcome.DataNotEmpty;
            if (!CriUp || _bootstrapping)
                return BootstrapOutcome.NotAvailableYet;
            _bootstrapping = true;
            return BootstrapOutcome.Accepted;
        }
    }

    /// <summary>Bootstraps when asked to, joins when somebody can be joined, keeps up with the others; until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (_bootstrapping && Data is null)
                await CreateClusterAsync(cancellation);
            else if (Data is null && CriUp)
                await TryJoinAsync(cancellation);
            else if (Data is { Self: not null })
                await KeepUpAsync(cancellation);

            if (!_announced && Phase == EtcdPhase.Running)
            {
                _announced = true;
                events.Write("etcd-running", ("member", $"{Data!.MemberId:x16}"), ("members", Data.Members.Count.ToString()));
            }

            await Task.Delay(_bootstrapping && Data is null ? TimeSpan.Zero : timings.PeerPoll, time, cancellation);
        }
    }

    public async Task<PeerReply> AnswerAsync(PeerRequest request, CancellationToken cancellation)
    {
        if (Data is null || Phase != EtcdPhase.Running)
            return new PeerReply();
        if (request.Operation == PeerRequest.Status || request.Member is null)
            return new PeerReply { Data = Data };

        // Writes go through one member, or two joins at once would each overwrite the other's list.
        if (!request.Forwarded && Leader is { } leader && leader.Id != Data.MemberId)
        {
            return await peers.AskAsync(leader.Address, request with { Forwarded = true }, cancellation)
                   ?? new PeerReply { Error = "etcdserver: leader changed" };
        }

        if (!HasQuorum)
            return new PeerReply { Error = "etcdserver: unhealthy cluster" };

        lock (_gate)
        {
            if (request.Operation == PeerRequest.Join)
            {
                // etcd takes one learner at a time.
                if (_data!.Members.Any(m => m.IsLearner && m.Hostname != request.Member.Hostname))
                    return new PeerReply { Error = "etcdserver: too many learner members in cluster" };
                Store(_data.WithLearner(request.Member));
            }
            else if (request.Operation == PeerRequest.Promote)
            {
                Store(_data!.WithPromoted(request.Member.Id));
            }

            return new PeerReply { Data = _data };
        }
    }

    private async Task CreateClusterAsync(CancellationToken cancellation)
    {
        // Until here the request lived in memory only; a reboot in between loses it, as on a real node.
        await Task.Delay(timings.EtcdStart, time, cancellation);
        var member = self.NewMember();
        lock (_gate)
            Store(new EtcdData(EtcdIdentity.NewId(), member.Id, 1, [member]));
    }

    private async Task TryJoinAsync(CancellationToken cancellation)
    {
        foreach (var address in await peers.ResolveEndpointAsync(cancellation))
        {
            if (address == self.Address || await peers.AskAsync(address, new PeerRequest(PeerRequest.Status), cancellation) is not { Data: not null })
                continue;

            var member = self.NewMember();
            var reply = await peers.AskAsync(address, new PeerRequest(PeerRequest.Join) { Member = member }, cancellation);
            lock (_gate)
            {
                if (reply?.Data is not { } joined || _data is not null || _bootstrapping)
                    continue;
                Store(joined with { MemberId = member.Id });
            }

            events.Write("etcd-joined", ("member", $"{member.Id:x16}"), ("as", "learner"));
            return;
        }
    }

    private async Task KeepUpAsync(CancellationToken cancellation)
    {
        var known = Data!;
        var replies = await Task.WhenAll(known.Members
            .Where(m => m.Id != known.MemberId)
            .Select(async m => (Member: m, Reply: await peers.AskAsync(m.Address, new PeerRequest(PeerRequest.Status), cancellation))));

        lock (_gate)
        {
            // Another cluster may live at a member's address by now (a second bootstrap); it does not count.
            var ours = replies.Where(r => r.Reply?.Data?.ClusterId == known.ClusterId).ToList();
            _reachable = [.. ours.Where(r => r.Reply!.Data!.MemberId == r.Member.Id).Select(r => r.Member.Id)];
            if (ours.Select(r => r.Reply!.Data!).MaxBy(d => d.Revision) is { } newest && newest.Revision > _data!.Revision)
                Store(newest with { MemberId = _data.MemberId });
        }

        if (Data is { Self: { IsLearner: true } me } && Phase == EtcdPhase.Running
            && time.GetElapsedTime(_dataSince) >= timings.LearnerPromotion && ReachableVoter() is { } voter
            && await peers.AskAsync(voter.Address, new PeerRequest(PeerRequest.Promote) { Member = me }, cancellation) is { Data: { } promoted })
        {
            lock (_gate)
                Store(promoted with { MemberId = me.Id });
        }

        EtcdMemberEntry? ReachableVoter()
        {
            lock (_gate)
                return _data!.Members.FirstOrDefault(m => !m.IsLearner && _reachable.Contains(m.Id));
        }
    }

    private void Store(EtcdData data)
    {
        if (_data is null)
            _dataSince = time.GetTimestamp();
        _data = data;
        state.Write(DataFile, JsonSerializer.SerializeToUtf8Bytes(data, EtcdJson.Default.EtcdData));
    }

    private static EtcdData? Load(StateFolder state) =>
        state.Read(DataFile) is { } bytes ? JsonSerializer.Deserialize(bytes, EtcdJson.Default.EtcdData) : null;
}
