using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Kronform.Provision.Faults.Product;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Faults.World;

/// <summary>SSH as the product's process finds it: who answers at an address, with which key, and what goes wrong on the way.</summary>
internal sealed partial class SshGate : IAsyncDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FarKeepAlive = TimeSpan.FromMilliseconds(600);

    private readonly Func<string, RunningSystem?> _at;
    private readonly Socket _listener;
    private readonly ConcurrentDictionary<string, (RescueSystem System, bool[] Lost)> _sessions = new();
    private readonly CancellationTokenSource _over = new();
    private readonly List<SshFault> _faults;
    private readonly Lock _gate = new();

    /// <param name="at">What runs at an address.</param>
    public SshGate(string path, Func<string, RunningSystem?> at, IEnumerable<SshFault> faults)
    {
        _at = at;
        _faults = [.. faults];
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _ = ServeAsync();
    }

    public ConcurrentQueue<string> Commands { get; } = new();

    public void Heal()
    {
        lock (_gate) _faults.Clear();
    }

    /// <summary>What a command is about, however the product words it.</summary>
    public static string KindOf(string command) =>
        command.Contains("boot-id=", StringComparison.Ordinal) ? "proof"
        : command.Contains("gzip -dc", StringComparison.Ordinal) ? "deliver"
        : AttachCommand().IsMatch(command) ? "write"
        : AgentCommand().Match(command) is { Success: true } match ? match.Groups[1].Value
        : command.Contains("reboot", StringComparison.Ordinal) || command.Contains("shutdown", StringComparison.Ordinal) ? "reboot"
        : "other";

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_over.Token);
                _ = Task.Run(() => AnswerAsync(socket));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Over.
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var ask = SshWire.Parse<SshAsk>(await ReadLineAsync(stream));
            if (ask.Session is null) await OpenAsync(stream, ask);
            else await new RemoteCommand(this, stream, ask).RunAsync();
        }
        catch (Exception e) when (e is IOException or EndOfStreamException or ObjectDisposedException or InvalidOperationException)
        {
            // The product's process is gone, or the machine under the command is.
        }
    }

    private async Task OpenAsync(NetworkStream stream, SshAsk ask)
    {
        SshTell Refuse(SshFailure failure, string why, string? presented = null) => new() { Failure = failure.ToString(), Error = why, Presented = presented };
        var tell = (Take("connect", null)?.What, _at(ask.Address!)) switch
        {
            ("refuse", _) => Refuse(SshFailure.Refused, "connection refused"),
            ("no-answer" or "stall", _) => Refuse(SshFailure.Unreachable, "no answer"),
            ("garbage", _) => Refuse(SshFailure.Protocol, "what answers does not speak SSH"),
            ("cut" or "reset", _) => Refuse(SshFailure.ConnectionLost, "connection reset by peer"),
            (_, SshSystem system) when !ask.Fingerprints.Contains(system.HostKey) => Refuse(SshFailure.HostKeyMismatch, "host key mismatch", system.HostKey),
            ("key", _) => Refuse(SshFailure.AuthenticationFailed, "permission denied (publickey)"),
            (_, SshSystem system) when !system.AuthorizedKeys.Any(k => SameKey(k, ask.Key!)) => Refuse(SshFailure.AuthenticationFailed, "permission denied (publickey)"),
            (_, RescueSystem rescue) => Open(rescue),
            _ => Refuse(SshFailure.Refused, "connection refused"),
        };
        await TellAsync(stream, tell);
    }

    private SshTell Open(RescueSystem rescue)
    {
        var session = Guid.NewGuid().ToString("n");
        _sessions[session] = (rescue, [false]);
        return new SshTell { Session = session };
    }

    private static bool SameKey(string one, string other) => one.Split(' ')[1] == other.Split(' ')[1];

    private SshFault? Take(string at, string? line)
    {
        lock (_gate)
        {
            int index = _faults.FindIndex(f => f.At == at && (f.After is null ? line is null : line?.Contains(f.After, StringComparison.Ordinal) == true));
            if (index < 0) return null;
            var fault = _faults[index];
            if (fault.Times == 1) _faults.RemoveAt(index);
            else _faults[index] = fault with { Times = fault.Times - 1 };
            return fault;
        }
    }

    private static async Task TellAsync(NetworkStream stream, SshTell tell) => await stream.WriteAsync(Encoding.UTF8.GetBytes(SshWire.Line(tell) + "\n"));

    private static async Task<string> ReadLineAsync(NetworkStream stream)
    {
        // Byte by byte: frames follow the line, and a reader with a buffer would swallow them.
        var line = new List<byte>();
        var one = new byte[1];
        while (true)
        {
            await stream.ReadExactlyAsync(one);
            if (one[0] == '\n') return Encoding.UTF8.GetString([.. line]);
            line.Add(one[0]);
        }
    }

    [GeneratedRegex(@"kronform-agent\b.*\b(inventory|write|verify|neutralise)\b", RegexOptions.Singleline)]
    private static partial Regex AgentCommand();

    /// <summary>To a write that goes on by itself.</summary>
    [GeneratedRegex(@"kronform-agent\b.*\battach\b", RegexOptions.Singleline)]
    private static partial Regex AttachCommand();

    /// <summary>One command of one session.</summary>
    private sealed class RemoteCommand(SshGate gate, NetworkStream stream, SshAsk ask)
    {
        private readonly TaskCompletionSource<string> _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task RunAsync()
        {
            var (system, lost) = gate._sessions[ask.Session!];
            string kind = KindOf(ask.Command!);
            gate.Commands.Enqueue(kind);
            if (lost[0] || (gate.Take(kind, null) is { } first && Lose(lost, first)))
            {
                await Task.Delay(KeepAlive, TimeProvider.System);
                await LostAsync();
                return;
            }

            if (system.IsDown)
            {
                await LostAsync();
                return;
            }

            using var process = system.Start(ask.Command!);
            var input = InputAsync(process);
            var error = process.StandardError.ReadToEndAsync();
            var output = OutputAsync(process, kind, lost);
            await Task.WhenAny(output, _cut.Task);
            // The command may have ended in the same moment: what it said behind the cut was not heard.
            if (_cut.Task.IsCompleted)
            {
                if (_cut.Task.Result == "kill")
                {
                    RescueSystem.Kill(process);
                    return;
                }

                // The far side notices at once, or, of a connection that has gone silent, with its own keep-alives.
                if (_cut.Task.Result == "stall") await Task.Delay(KeepAlive, TimeProvider.System);
                await LostAsync();
                if (_cut.Task.Result == "stall") await Task.Delay(FarKeepAlive, TimeProvider.System);
                Close(process);
                return;
            }

            await output;
            await process.WaitForExitAsync();
            int status = process.ExitCode;
            // Above 128 the shell, or the process in its place, ended by a signal.
            if (system.IsDown) await LostAsync();
            else await TellAsync(stream, new SshTell { Ended = true, ExitStatus = status > 128 ? null : status, Signal = status > 128 ? Signal(status - 128) : null, Error = await error });
            _ = input;
        }

        private static string Signal(int number) => number switch { 9 => "KILL", 15 => "TERM", _ => $"{number}" };

        private static bool Lose(bool[] lost, SshFault fault) => lost[0] = fault.What.Length > 0;

        private Task LostAsync() => TellAsync(stream, new SshTell { Failure = nameof(SshFailure.ConnectionLost), Error = "the connection to the rescue system was lost" });

        private async Task OutputAsync(Process process, string kind, bool[] lost)
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                if (_cut.Task.IsCompleted) continue;
                await TellAsync(stream, new SshTell { Line = line });
                if (gate.Take(kind, line) is not { } fault) continue;
                Lose(lost, fault);
                _cut.TrySetResult(fault.What == "stall" ? "stall" : "cut");
            }
        }

        /// <summary>The command's standard input, until the product closes it, or dies.</summary>
        private async Task InputAsync(Process process)
        {
            var head = new byte[sizeof(int)];
            try
            {
                while (true)
                {
                    await stream.ReadExactlyAsync(head);
                    int length = BinaryPrimitives.ReadInt32BigEndian(head);
                    if (length == SshWire.EndOfFile) Close(process);
                    else if (length == SshWire.Kill)
                    {
                        _cut.TrySetResult("kill");
                        return;
                    }
                    else
                    {
                        var content = new byte[length];
                        await stream.ReadExactlyAsync(content);
                        if (_cut.Task.IsCompleted) continue;
                        await process.StandardInput.BaseStream.WriteAsync(content);
                        await process.StandardInput.BaseStream.FlushAsync();
                    }
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                Close(process);
            }
        }

        private static void Close(Process process)
        {
            try
            {
                process.StandardInput.Close();
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // It is gone already.
            }
        }
    }
}
