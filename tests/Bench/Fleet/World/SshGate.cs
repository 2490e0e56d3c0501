using System.Net.Sockets;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Bench.Fleet.World;

/// <summary>The world's end of SSH, on a unix socket: a connection for each session, cut when its server goes down.</summary>
internal sealed class SshGate : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly IReadOnlyDictionary<string, FleetServer> _servers;
    private readonly Reactions _reactions;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();

    public SshGate(string path, IEnumerable<FleetServer> servers, Reactions reactions, TimeProvider time)
    {
        (_servers, _reactions, _time) = (servers.ToDictionary(s => s.Machine.Address.ToString()), reactions, time);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen(4096);
        _ = AcceptAsync();
    }

    /// <summary>What went wrong in the world itself; null is well.</summary>
    public Exception? Trouble { get; private set; }

    public void Dispose()
    {
        _closing.Cancel();
        _socket.Dispose();
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _socket.AcceptAsync(_closing.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The bench is over.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var wire = new SshWire(new NetworkStream(client, ownsSocket: true));
        try
        {
            await using (wire)
            {
                if (await wire.HearAsync<SshAsk>(_closing.Token) is not { Address: { } address, Fingerprints: { } pinned }) return;
                var server = _servers[address];
                var up = server.Up;
                string? failure = server.HostKey is not { } key ? nameof(SshFailure.Refused) : pinned.Contains(key) ? null : nameof(SshFailure.HostKeyMismatch);
                await wire.SayAsync(new SshTell { Opened = failure is null, Failure = failure }, up);
                if (failure is not null) return;
                _reactions.End(server.Machine.Name, Change.RescueUp);
                var shell = new RescueShell(server, wire, _reactions, _time);
                while (await wire.HearAsync<SshAsk>(up) is { Command: { } command } ask) await shell.RunAsync(command, ask.Order, up);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Either side is gone.
        }
        catch (Exception e)
        {
            Trouble = e;
        }
    }
}
