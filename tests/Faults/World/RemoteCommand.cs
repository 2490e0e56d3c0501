using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using Kronform.Provision.Faults.Product;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Faults.World;

/// <summary>One command of one session.</summary>
internal sealed class RemoteCommand(SshGate gate, NetworkStream stream, SshAsk ask)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FarKeepAlive = TimeSpan.FromMilliseconds(600);
    private readonly TaskCompletionSource<string> _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task RunAsync()
    {
        var (system, lost) = gate.SessionOf(ask.Session!);
        string kind = SshGate.KindOf(ask.Command!);
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
        else await SshGate.TellAsync(stream, new SshTell { Ended = true, ExitStatus = status > 128 ? null : status, Signal = status > 128 ? Signal(status - 128) : null, Error = await error });
        _ = input;
    }

    private static string Signal(int number) => number switch { 9 => "KILL", 15 => "TERM", _ => $"{number}" };

    private static bool Lose(bool[] lost, SshFault fault) => lost[0] = fault.What.Length > 0;

    private Task LostAsync() => SshGate.TellAsync(stream, new SshTell { Failure = nameof(SshFailure.ConnectionLost), Error = "the connection to the rescue system was lost" });

    private async Task OutputAsync(Process process, string kind, bool[] lost)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (_cut.Task.IsCompleted) continue;
            await SshGate.TellAsync(stream, new SshTell { Line = line });
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
