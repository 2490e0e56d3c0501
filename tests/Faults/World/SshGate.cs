using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Kronform.Provision.Faults.Product;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Faults.World;

/// <summary>SSH as the product's process finds it: who answers at an address, with which key, and what goes wrong on the way.</summary>
internal sealed partial class SshGate : IAsyncDisposable
{
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

    public (RescueSystem System, bool[] Lost) SessionOf(string session) => _sessions[session];

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

    /// <param name="line">What the command has just printed; null at its begin.</param>
    public SshFault? Take(string at, string? line)
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

    public static async Task TellAsync(NetworkStream stream, SshTell tell) => await stream.WriteAsync(Encoding.UTF8.GetBytes(SshWire.Line(tell) + "\n"));

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
}
