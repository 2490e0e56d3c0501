using System.Net;
using System.Net.Sockets;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>A server whose port closes and opens again for ever.</summary>
internal sealed class FlappingPort : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _flapping;

    public FlappingPort(ApiServer first, Func<CancellationToken, Task<ApiServer>> open, TimeSpan up, TimeSpan down, TimeProvider time)
    {
        _flapping = FlapAsync(_stopping.Token);

        async Task FlapAsync(CancellationToken stopping)
        {
            ApiServer? server = first;
            try
            {
                while (true)
                {
                    await Task.Delay(up, time, stopping);
                    await server!.DisposeAsync();
                    server = null;
                    await Task.Delay(down, time, stopping);
                    server = await open(stopping);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                if (server is not null)
                    await server.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _flapping;
        _stopping.Dispose();
    }
}

/// <summary>A port that takes connections into the kernel's queue and says nothing, as a stuck process does.</summary>
internal sealed class HalfOpenPort : IAsyncDisposable
{
    private readonly TcpListener _listener;

    public HalfOpenPort(IPEndPoint endpoint, Action<int> bound)
    {
        _listener = new TcpListener(endpoint);
        _listener.Start();
        bound(((IPEndPoint)_listener.LocalEndpoint).Port);
    }

    public ValueTask DisposeAsync()
    {
        _listener.Stop();
        return ValueTask.CompletedTask;
    }
}
