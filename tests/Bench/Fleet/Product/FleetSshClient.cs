using System.Net.Sockets;
using System.Text;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Bench.Fleet.Product;

/// <summary>SSH into the world over its unix socket. OpenSSH's processes, which are not the product's own, are not there.</summary>
internal sealed class FleetSshClient(string socket) : ISshClient
{
    public async Task<ISshSession> OpenAsync(SshTarget target, CancellationToken cancellation)
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
        var wire = new SshWire(new NetworkStream(client, ownsSocket: true));
        await wire.SayAsync(new SshAsk { Address = target.Host, Fingerprints = target.HostKeySha256 }, cancellation);
        var told = await wire.HearAsync<SshTell>(cancellation);
        if (told is { Opened: true }) return new Session(wire);
        await wire.DisposeAsync();
        throw new SshException(Enum.Parse<SshFailure>(told?.Failure ?? nameof(SshFailure.ConnectionLost)), "the fleet's server did not let us in");
    }

    private sealed class Session(SshWire wire) : ISshSession
    {
        public async Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var sending = Task.CompletedTask;
            try
            {
                // The agent's file is read as it is by a real client, and goes nowhere.
                if (input is { KeepOpen: false }) await DrainAsync(input, cancellation);
                await wire.SayAsync(new SshAsk { Command = command, Order = input is null ? null : Encoding.UTF8.GetString(input.Prefix.Span) }, cancellation);
                if (input is { KeepOpen: true }) sending = SendAsync(input.Content, over.Token);
                var output = new StringBuilder();
                while (await wire.HearAsync<SshTell>(cancellation) is { } told)
                {
                    if (told.Exit is { } exit) return new SshResult(exit, null, output.ToString(), "");
                    if (onLine is not null) onLine(told.Line!);
                    else output.Append(told.Line).Append('\n');
                }
            }
            catch (IOException e)
            {
                throw new SshException(SshFailure.ConnectionLost, "the fleet's server is gone", e);
            }
            finally
            {
                await over.CancelAsync();
                await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            throw new SshException(SshFailure.ConnectionLost, "the fleet's server is gone");
        }

        public ValueTask DisposeAsync() => wire.DisposeAsync();

        private static async Task DrainAsync(SshInput input, CancellationToken cancellation)
        {
            var buffer = new byte[1 << 16];
            long sent = 0;
            for (int got; (got = await input.Content.ReadAsync(buffer, cancellation)) > 0;) input.Sent?.Report(sent += got);
        }

        private async Task SendAsync(Stream content, CancellationToken cancellation)
        {
            var buffer = new byte[1 << 10];
            for (int got; (got = await content.ReadAsync(buffer, cancellation)) > 0;)
                await wire.SayAsync(new SshAsk { Input = Encoding.UTF8.GetString(buffer, 0, got) }, cancellation);
        }
    }
}
