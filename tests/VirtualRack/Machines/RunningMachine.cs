using System.Diagnostics;
using System.Text.Json.Nodes;
using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Machines;

/// <summary>One QEMU process, from one boot to its end.</summary>
internal sealed class RunningMachine
{
    private readonly Process _process;
    private readonly Task _exited;
    private readonly Task<QmpConnection?> _qmp;

    private RunningMachine(Process process, SerialConsole console, string qmpSocket, int boot, TimeProvider time)
    {
        _process = process;
        var complaints = FollowErrorsAsync(process, console);
        _exited = Task.WhenAll(process.WaitForExitAsync(), console.FollowAsync(process.StandardOutput, boot), complaints);
        _qmp = QmpConnection.ConnectAsync(qmpSocket, process.WaitForExitAsync(), time);
        Ended = EndAsync();
    }

    /// <summary>Completes when the process is gone, with the event that ended it as far as the machine itself knows.</summary>
    public Task<MachineEvent> Ended { get; }

    public static RunningMachine Start(IEnumerable<string> arguments, SerialConsole console, string qmpSocket, int boot, TimeProvider time)
    {
        var start = new ProcessStartInfo(Tool.PathOf("qemu-system-x86_64"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new RunningMachine(process, console, qmpSocket, boot, time);
    }

    public void Kill() => _process.Kill();

    /// <summary>Stops the processor: the machine hangs.</summary>
    public Task PauseAsync(CancellationToken cancellation) => SendAsync("stop", null, cancellation);

    public Task ContinueAsync(CancellationToken cancellation) => SendAsync("cont", null, cancellation);

    public Task PressPowerButtonAsync(CancellationToken cancellation) => SendAsync("system_powerdown", null, cancellation);

    public Task PressCtrlAltDelAsync(CancellationToken cancellation)
    {
        JsonNode?[] keys = [.. new[] { "ctrl", "alt", "delete" }.Select(k => new JsonObject { ["type"] = "qcode", ["data"] = k })];
        return SendAsync("send-key", new JsonObject { ["keys"] = new JsonArray(keys) }, cancellation);
    }

    public Task SetLinkAsync(bool up, CancellationToken cancellation) =>
        SendAsync("set_link", new JsonObject { ["name"] = QemuArguments.NetworkDevice, ["up"] = up }, cancellation);

    private async Task SendAsync(string command, JsonObject? arguments, CancellationToken cancellation)
    {
        var qmp = await _qmp.WaitAsync(cancellation) ?? throw new IOException($"the machine ended before it took {command}");
        await qmp.ExecuteAsync(command, arguments, cancellation);
    }

    private async Task<MachineEvent> EndAsync()
    {
        await _exited;
        var qmp = await _qmp;
        if (qmp is null)
            return MachineEvent.Died;
        await qmp.Ended;
        var reason = qmp.ShutdownReason;
        await qmp.DisposeAsync();
        return reason switch
        {
            "guest-reset" or "guest-panic" or "subsystem-reset" => MachineEvent.GuestReset,
            "guest-shutdown" => MachineEvent.GuestPowerOff,
            _ => MachineEvent.Died,
        };
    }

    private static async Task FollowErrorsAsync(Process process, SerialConsole console)
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
            console.Note($"qemu: {line}");
    }
}
