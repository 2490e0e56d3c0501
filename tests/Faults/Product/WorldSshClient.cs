using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Faults.Product;

/// <summary>SSH into the emulated world, over its unix socket.</summary>
internal sealed class WorldSshClient(string socket, Death? death) : ISshClient
{
    public async Task<ISshSession> OpenAsync(SshTarget target, CancellationToken cancellation)
    {
        death?.Act();
        await using var line = await ConnectAsync(socket, cancellation);
        await line.AskAsync(new SshAsk { Address = target.Host, Fingerprints = target.HostKeySha256, Key = await File.ReadAllTextAsync(target.Key.PublicKeyFile, cancellation) }, cancellation);
        var told = await line.HearAsync(cancellation);
        return told?.Session is { } session ? new Session(socket, session, death) : throw Failure(told);
    }

    private static SshException Failure(SshTell? told) =>
        new(Enum.Parse<SshFailure>(told?.Failure ?? nameof(SshFailure.ConnectionLost)), told?.Error ?? "the connection was lost") { PresentedFingerprint = told?.Presented };

    private static async Task<Wire> ConnectAsync(string path, CancellationToken cancellation)
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
        return new Wire(new NetworkStream(client, ownsSocket: true));
    }

    private sealed class Session(string socket, string session, Death? death) : ISshSession
    {
        public async Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation)
        {
            death?.Act();
            await using var wire = await ConnectAsync(socket, cancellation);
            await wire.AskAsync(new SshAsk { Session = session, Command = command, HasInput = input is not null }, cancellation);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var sending = input is null ? Task.CompletedTask : wire.SendAsync(input, over.Token);
            var output = new StringBuilder();
            try
            {
                while (await wire.HearAsync(cancellation) is { } told)
                {
                    if (told.Line is { } line)
                    {
                        if (onLine is not null) onLine(line);
                        else output.Append(line).Append('\n');
                    }
                    else if (told.Ended) return new SshResult(told.ExitStatus, told.Signal, output.ToString(), told.Error);
                    else throw Failure(told);
                    if (sending.IsFaulted) await sending;
                }

                throw Failure(null);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                await wire.FrameAsync(SshWire.Kill, default, CancellationToken.None);
                throw;
            }
            finally
            {
                await over.CancelAsync();
                await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Wire(NetworkStream stream) : IAsyncDisposable
    {
        private readonly StreamReader _lines = new(stream, leaveOpen: true);
        private readonly SemaphoreSlim _turn = new(1);

        public ValueTask AskAsync(SshAsk ask, CancellationToken cancellation) => stream.WriteAsync(Encoding.UTF8.GetBytes(SshWire.Line(ask) + "\n"), cancellation);

        public async Task<SshTell?> HearAsync(CancellationToken cancellation)
        {
            try
            {
                return await _lines.ReadLineAsync(cancellation) is { } line ? SshWire.Parse<SshTell>(line) : null;
            }
            catch (IOException)
            {
                return null;
            }
        }

        public async Task SendAsync(SshInput input, CancellationToken cancellation)
        {
            var buffer = new byte[1 << 16];
            long sent = 0;
            if (!input.Prefix.IsEmpty) await FrameAsync(input.Prefix.Length, input.Prefix, cancellation);
            for (int got; (got = await input.Content.ReadAsync(buffer, cancellation)) > 0;)
            {
                await FrameAsync(got, buffer.AsMemory(0, got), cancellation);
                input.Sent?.Report(sent += got);
            }

            if (!input.KeepOpen) await FrameAsync(SshWire.EndOfFile, default, cancellation);
        }

        public async Task FrameAsync(int length, ReadOnlyMemory<byte> content, CancellationToken cancellation)
        {
            var head = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(head, length);
            await _turn.WaitAsync(cancellation);
            try
            {
                await stream.WriteAsync(head, cancellation);
                if (length > 0) await stream.WriteAsync(content, cancellation);
            }
            catch (IOException)
            {
                // Nobody takes it any more; what is heard says why.
            }
            finally
            {
                _turn.Release();
            }
        }

        public async ValueTask DisposeAsync()
        {
            _lines.Dispose();
            await stream.DisposeAsync();
        }
    }
}
