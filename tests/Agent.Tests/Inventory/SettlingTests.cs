using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Inventory;

/// <summary>How long disks without a name are waited for. The clock is hurried: it shows what would have been waited.</summary>
public sealed class SettlingTests
{
    private const string Sata = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0";
    private const string Nvme = "pci0000:00/0000:01:00.0/nvme/nvme0";
    private const string Sas = "pci0000:00/0000:02:00.0/host8/port-8:0/end_device-8:0/target8:0:0/8:0:0:0";
    private const string Virtio = "pci0000:00/0000:00:02.0/virtio1";
    private const string Usb = "pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host9/target9:0:0/9:0:0:0";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    // A disk of a kind that has both names is waited for, whichever is missing.
    [InlineData("sda", Sata, null, null, true, 30)]
    [InlineData("sda", Sata, null, "0x5002538c40000001", true, 30)]
    [InlineData("nvme0n1", Nvme, null, null, true, 30)]
    [InlineData("nvme0n1", Nvme, null, "eui.0025388801b4dff2", true, 30)]
    [InlineData("sda", Sas, null, null, true, 30)]
    [InlineData("sda", Sata, "S2RKNX0J000001", null, false, 30)]
    // udev is done and has asked the disk: it has no WWN, and never will.
    [InlineData("sda", Sata, "S2RKNX0J000001", null, true, 0)]
    // Others may never have any.
    [InlineData("vda", Virtio, null, null, true, 3)]
    [InlineData("vda", Virtio, null, null, false, 30)]
    [InlineData("sda", Usb, null, null, true, 3)]
    [InlineData("vda", Virtio, "disk-1", null, true, 0)]
    [InlineData("sda", Sata, "S2RKNX0J000001", "0x5002538c40000001", true, 0)]
    public async Task A_disk_is_waited_for_as_long_as_it_may_still_tell_its_name(
        string name, string bus, string? serial, string? wwn, bool settled, int seconds)
    {
        using var host = new FakeHost { OnSettle = () => settled };
        host.Add(new FakeDisk(name, 1 << 20) { Bus = bus, Udev = Names(serial, wwn) });
        host.Put("sys/class/sas_host/host8/uevent", "");
        var time = new HurriedTime();

        var run = await AgentRun.StartAsync(host.World(time), new TestInput(), Token, "inventory");

        var disk = Assert.Single(run.Terminal<InventoryTaken>().Inventory.Disks);
        Assert.Equal((serial, wwn), (disk.Serial, disk.Wwn));
        Assert.InRange(time.GetElapsedTime(0).TotalSeconds, seconds, seconds + 1);
        var warned = run.Events.OfType<AgentWarning>().Where(warning => warning.Message.StartsWith("Still ", StringComparison.Ordinal)).ToArray();
        if (seconds > 0) Assert.Contains(name, Assert.Single(warned).Message);
        else Assert.Empty(warned);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(29)]
    public async Task Names_that_come_late_are_taken_and_not_waited_for_any_longer(int seconds)
    {
        using var host = new FakeHost();
        host.Add(new FakeDisk("sda", 1 << 20) { Bus = Sata });
        var time = new HurriedTime();
        time.OnWait = () =>
        {
            if (time.GetElapsedTime(0).TotalSeconds >= seconds)
                host.PutUdev("8:0", new FakeDisk("sda", 0) { Udev = Names("S2RKNX0J000001", "0x5002538c40000001") });
        };

        var run = await AgentRun.StartAsync(host.World(time), new TestInput(), Token, "inventory");

        var disk = Assert.Single(run.Terminal<InventoryTaken>().Inventory.Disks);
        Assert.Equal(("S2RKNX0J000001", "0x5002538c40000001"), (disk.Serial, disk.Wwn));
        Assert.InRange(time.GetElapsedTime(0).TotalSeconds, seconds, seconds + 0.5);
        Assert.Empty(run.Events.OfType<AgentWarning>());
    }

    [Fact]
    public async Task One_disk_that_never_tells_does_not_cut_the_wait_for_one_that_will()
    {
        using var host = new FakeHost();
        host.Add(new FakeDisk("vda", 1 << 20) { Bus = Virtio });
        host.Add(new FakeDisk("nvme0n1", 1 << 20) { Bus = Nvme });
        var time = new HurriedTime();

        var run = await AgentRun.StartAsync(host.World(time), new TestInput(), Token, "inventory");

        Assert.InRange(time.GetElapsedTime(0).TotalSeconds, 30, 31);
        Assert.Equal(["Still neither serial nor WWN after 30 s: nvme0n1, vda"], run.Events.OfType<AgentWarning>().Select(warning => warning.Message));
    }

    private static Dictionary<string, string> Names(string? serial, string? wwn)
    {
        var names = new Dictionary<string, string>();
        if (serial is not null) names["ID_SERIAL_SHORT"] = serial;
        if (wwn is not null) names["ID_WWN"] = wwn;
        return names;
    }
}
