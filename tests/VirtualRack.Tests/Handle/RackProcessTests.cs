using Kronform.Provision.VirtualRack.Control;
using Kronform.Provision.VirtualRack.Handle;
using Kronform.Provision.VirtualRack.Hosting;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Tests.Handle;

/// <summary>Real machines; about a minute.</summary>
public sealed class RackProcessTests : IDisposable
{
    /// <summary>Many times what an idle host needs: the machines are emulated and the host may be busy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Exit code of timeout(1).</summary>
    private const int TimedOut = 124;

    private readonly string _folder = Directory.CreateTempSubdirectory("rack-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Two_machines_live_through_rescue_hang_ignored_reset_and_power_button()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var rack = await StartAsync("pair");
        var disks = await rack.DiskDigestsAsync("n5", cancellation);

        await rack.Control.ArmAsync("n4", new ArmRequest(["ssh-ed25519 AAAA nobody"]), cancellation);
        await rack.Control.QuirkAsync("n4", new QuirkRequest(IgnoreResets: 1), cancellation);
        await rack.Control.DoAsync("n4", "reset", cancellation);
        Assert.Equal(BootKind.Disk, Assert.Single((await rack.NodeAsync("n4", cancellation)).Boots).Kind);
        await rack.Control.DoAsync("n4", "reset", cancellation);
        var rescue = await rack.UntilAsync("n4", "rescue settled", (_, events) => Has(events, "RACK-SETTLED"), Patience, cancellation);
        Assert.Equal(BootKind.Rescue, rescue.Boots[^1].Kind);
        Assert.Equal(2, rescue.Resets);
        Assert.Equal(["RSA", "ECDSA", "ED25519"], rescue.LastRescue!.HostKeys.Select(k => k.Type));

        Assert.Equal(0, (await rack.ExecAsync(Connect(seconds: 30), null, cancellation)).ExitCode);
        await rack.Control.DoAsync("n4", "hang", cancellation);
        // Silence, not a refusal: that is how a hung server looks.
        Assert.Equal(TimedOut, (await rack.ExecAsync(Connect(seconds: 2), null, cancellation)).ExitCode);
        await rack.Control.DoAsync("n4", "resume", cancellation);
        await rack.Control.DoAsync("n4", "power-button", cancellation);
        var off = await rack.UntilAsync("n4", "off", (status, _) => status.State == MachineState.Off, Patience, cancellation);
        Assert.Equal(MachineEvent.GuestPowerOff, off.Boots[^1].EndReason);

        // What befell the one leaves the other alone.
        var neighbour = await rack.NodeAsync("n5", cancellation);
        Assert.Equal(MachineState.Running, neighbour.State);
        Assert.Single(neighbour.Boots);
        Assert.Equal(disks, await rack.DiskDigestsAsync("n5", cancellation));
    }

    [Fact]
    public async Task A_command_in_the_rack_keeps_its_exit_code_and_its_place_in_pipelines_and_dies_when_cancelled()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var rack = await StartAsync("one-bios");
        Assert.Equal(7, (await rack.ExecAsync(["sh", "-c", "exit 7"], null, cancellation)).ExitCode);
        // yes is ended by SIGPIPE, which it would not be had it inherited the runtime's indifference to it.
        Assert.Equal(["y", "141"], (await rack.ExecAsync(["bash", "-c", "yes | head -1; echo ${PIPESTATUS[0]}"], null, cancellation)).Lines);

        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pid = new TaskCompletionSource<string>();
        var sleeping = rack.ExecAsync(["sh", "-c", "echo $$; exec sleep 600"], pid.SetResult, giveUp.Token);
        var proc = $"/proc/{await pid.Task.WaitAsync(cancellation)}";
        Assert.True(Directory.Exists(proc));
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeping);
        Assert.True(!Directory.Exists(proc) || File.ReadAllText($"{proc}/stat").Contains(") Z ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_rack_in_the_same_folder_is_refused_and_the_first_leaves_only_its_logs()
    {
        await using (await StartAsync("one-bios"))
        {
            var refusal = await Assert.ThrowsAsync<ToolException>(() => StartAsync("one-bios"));
            Assert.Contains("a rack runs in", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["n4.serial.log"], Directory.GetFileSystemEntries(_folder).Select(f => Path.GetFileName(f)));
    }

    private Task<RackProcess> StartAsync(string rack) => RackProcess.StartAsync(
        rack, new RackOptions(_folder, Say: TestContext.Current.TestOutputHelper!.WriteLine), TimeProvider.System,
        TestContext.Current.CancellationToken);

    private static string[] Connect(int seconds) => ["timeout", $"{seconds}", "bash", "-c", "exec 3<>/dev/tcp/10.77.0.14/22"];

    private static bool Has(IReadOnlyList<NodeEvent> events, string start) =>
        events.Any(e => e.Line.StartsWith(start, StringComparison.Ordinal));
}
