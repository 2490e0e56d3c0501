using System.Net;
using System.Net.Sockets;

namespace Kronform.Provision.TalosEmulator.Etcd;

/// <summary>A control plane's ear on etcd's port.</summary>
internal sealed class PeerListener : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;

    public PeerListener(IPEndPoint endpoint, PeerLine line, Func<PeerRequest, CancellationToken, Task<PeerReply>> answer)
    {
        _listener = new TcpListener(endpoint);
        _listener.Start();
        _accepting = AcceptAsync(line, answer);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync(PeerLine line, Func<PeerRequest, CancellationToken, Task<PeerReply>> answer)
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                open.RemoveAll(t => t.IsCompleted);
                open.Add(ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }

        async Task ServeAsync(TcpClient client)
        {
            using (client)
            {
                await using var stream = client.GetStream();
                await line.AnswerAsync(stream, answer, _stopping.Token);
            }
        }
    }
}
