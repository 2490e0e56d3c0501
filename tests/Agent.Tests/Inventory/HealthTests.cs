using Kronform.Provision.Agent.Inventory.Health;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Inventory;

public sealed class HealthTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ata-passed", true, null)]
    [InlineData("ata-passed-too-hot-once", true, null)]
    [InlineData("ata-failed", false, "FAILED")]
    [InlineData("ata-prefail-below-threshold", false, "a pre-failure attribute is at or below its threshold")]
    [InlineData("nvme-passed", true, null)]
    [InlineData("nvme-reliability-degraded", false, "critical warning 0x04")]
    [InlineData("nvme-read-only", false, "critical warning 0x09")]
    [InlineData("sas-impending-failure", false, "FAILED: HARDWARE IMPENDING FAILURE GENERAL HARD DRIVE FAILURE")]
    public void A_verdict_is_what_the_disk_said(string fixture, bool passed, string? reason) =>
        Assert.Equal(new SmartHealth(passed, reason), SmartReport.Parse(Fixture(fixture)));

    [Theory]
    [InlineData("usb-bridge-unknown")]
    [InlineData("permission-denied")]
    [InlineData("virtio-not-detected")]
    [InlineData("qemu-no-smart")]
    [InlineData("usage-error")]
    public void Where_the_disk_was_not_reached_there_is_no_verdict(string fixture) => Assert.Null(SmartReport.Parse(Fixture(fixture)));

    [Theory]
    [InlineData("")]
    [InlineData("smartctl 7.3 2022-02-28 r5338")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"smart_status\":3,\"smartctl\":[]}")]
    [InlineData("{\"smart_status\":{\"passed\":\"yes\"}}")]
    [InlineData("{\"smart_status\":{\"passed\":tr")]
    public void Output_of_another_shape_is_no_verdict(string output) => Assert.Null(SmartReport.Parse(output));

    [Fact]
    public void An_exit_status_of_failing_counts_without_the_words() =>
        Assert.Equal(new SmartHealth(false, "FAILED"), SmartReport.Parse("{\"smartctl\":{\"exit_status\":8}}"));

    [Fact]
    public async Task Every_disk_has_its_own_verdict_and_all_are_asked_at_once()
    {
        using var host = Host(3);
        var asked = 0;
        var all = new TaskCompletionSource();
        host.OnHealth = async (name, cancellation) =>
        {
            // Nobody gets an answer before everybody was asked.
            if (Interlocked.Increment(ref asked) == 3) all.SetResult();
            await all.Task.WaitAsync(cancellation);
            return Fixture(name switch { "sda" => "ata-passed", "sdb" => "ata-failed", _ => "virtio-not-detected" });
        };

        var inventory = await AgentRun.InventoryAsync(host, Token);

        Assert.Equal([new SmartHealth(true), new SmartHealth(false, "FAILED"), null], inventory.Disks.Select(disk => disk.Smart));
    }

    [Fact]
    public async Task A_disk_that_does_not_answer_is_given_up_after_ten_seconds_and_hides_nothing_else()
    {
        using var host = Host(2);
        var time = new HurriedTime { Hurries = due => due == TimeSpan.FromSeconds(10) };
        host.OnHealth = (name, _) => name == "sda"
            // Not even the cancellation reaches it.
            ? new TaskCompletionSource<string?>().Task
            : Task.FromResult<string?>(Fixture("ata-failed"));

        var run = await AgentRun.StartAsync(host.World(time), new TestInput(), Token, "inventory");

        Assert.Null(run.Terminal<InventoryTaken>().Inventory.Disks[0].Smart);
        Assert.Equal(["Asking sda for its health: no answer within 10 s"], run.Events.OfType<AgentWarning>().Select(warning => warning.Message).Where(message => message.Contains("sda")));
    }

    [Fact]
    public async Task A_program_that_hangs_is_ended_with_the_cancellation()
    {
        using var stop = new CancellationTokenSource();
        var run = ToolProcess.RunAsync("sleep", ["1000"], stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Token));
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_no_failure() =>
        Assert.Null(await ToolProcess.RunAsync("no-such-program-anywhere", [], Token));

    [Fact]
    public async Task The_output_and_exit_status_of_a_program_are_told()
    {
        var run = await ToolProcess.RunAsync("sh", ["-c", "echo said; echo complained >&2; exit 3"], Token);

        Assert.Equal((3, "said\n"), run);
    }

    private static string Fixture(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "smartctl", name + ".json"));

    private static FakeHost Host(int disks)
    {
        var host = new FakeHost();
        for (var index = 0; index < disks; index++)
            host.Add(new FakeDisk($"sd{(char)('a' + index)}", 1 << 20)
            {
                Bus = $"pci0000:00/0000:00:17.0/ata{index + 1}/host{index}/target{index}:0:0/{index}:0:0:0",
                Udev = new() { ["ID_SERIAL_SHORT"] = $"S{index}", ["ID_WWN"] = $"0x500253800000000{index}" },
            });
        return host;
    }
}
