using Kronform.Provision.Reports;

namespace Kronform.Provision.Ssh;

/// <summary>Counts the time that is spent in another client, on the clock of the run that calls.</summary>
public sealed class WaitingSshClient(ISshClient client) : ISshClient
{
    public async Task<ISshSession> OpenAsync(SshTarget target, CancellationToken cancellation)
    {
        using var wait = WaitClock.On(FarSide.Ssh);
        return new Session(await client.OpenAsync(target, cancellation));
    }

    private sealed class Session(ISshSession session) : ISshSession
    {
        public async Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation)
        {
            using var wait = WaitClock.On(FarSide.Ssh);
            return await session.RunAsync(command, input, onLine, cancellation);
        }

        public async ValueTask DisposeAsync()
        {
            using var wait = WaitClock.On(FarSide.Ssh);
            await session.DisposeAsync();
        }
    }
}
