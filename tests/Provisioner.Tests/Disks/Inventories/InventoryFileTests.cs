using System.Text.Json;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks.Inventories;

public sealed class InventoryFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"inventory-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(_path);

    private DiskInventory Read(string text)
    {
        File.WriteAllText(_path, text);
        return InventoryFile.Read(_path);
    }

    /// <summary>Real captures in forms without sizes in bytes, and what is said of each.</summary>
    public static TheoryData<string, string> Refused { get; } = new()
    {
        { "2nvme-mdraid-plus-zfs-on-md.lsblk.txt", "line 3: this is lsblk's table for people, which rounds sizes or leaves them out; save lsblk -J -b -O" },
        { "2sata-ssd-mdraid-autoassembled.lsblk.txt", "line 3: this is lsblk's table for people, which rounds sizes or leaves them out; save lsblk -J -b -O" },
        { "ax41-nvme-md-leftovers-after-overwrite.lsblk-f.txt", "line 4: this is lsblk's table for people, which rounds sizes or leaves them out; save lsblk -J -b -O" },
        { "kronform-n2-real.talosctl-disks.txt", "line 3: this is talosctl's table for people, which rounds sizes; save talosctl get disks -o yaml (Talos 1.8 and newer)" },
        { "i7-6700-sata-swap-between-boots.txt", "line 1: there is nothing in it but comments" },
        { "wwn-lists.txt", "line 5: this is lsblk's table for people, which rounds sizes or leaves them out; save lsblk -J -b -O" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_form_without_sizes_in_bytes_is_refused_with_its_line_and_what_to_save(string file, string expected)
    {
        var failure = Assert.Throws<ProvisionException>(() => InventoryFile.Read(Fixtures.Inventory(file)));
        Assert.Equal(FailureCode.Usage, failure.Code);
        Assert.Equal($"Reading the inventory {Fixtures.Inventory(file)}: {expected}", failure.Message);
        Assert.Equal("Save one with provision NODE --dry-run --save DIR, or in the rescue system with lsblk -J -b -O.", failure.Remedy);
    }

    [Fact]
    public void The_agents_output_may_be_saved_as_it_is()
    {
        var read = Read(ProtocolJson.ToLine(new AgentStep { Step = "inspect", Description = "x" }) + "\n" + ProtocolJson.ToLine(new InventoryTaken { Inventory = Host(Nvme("S1")) }) + "\n");
        Assert.Equal("S1", Assert.Single(read.Disks).Serial);
        Assert.Equal((InventoryState.File, InventoryState.Rescue, InventoryContents.Probed), (read.Found, read.Taken, read.Contents));
        Assert.Equal($"in the file {Path.GetFileName(_path)}: the agent's output, taken in the rescue system; no machine was asked", read.Evidence);
    }

    [Fact]
    public void The_agents_inventory_alone_may_be_saved()
    {
        var read = Read(JsonSerializer.Serialize(Host(Nvme("S1")), ProtocolJson.Default.HostInventory));
        Assert.Equal("S1", Assert.Single(read.Disks).Serial);
        Assert.Equal("uefi", read.Host!.Firmware);
    }

    [Theory]
    [InlineData("{\"what\": 1}", "line 1: it is not an inventory, or not whole")]
    [InlineData("{\n\"blockdevices\": [\n{", "line 3: it is not an inventory, or not whole")]
    [InlineData("", "line 1: there is nothing in it but comments")]
    [InlineData("[1]", "line 1: \"[1]\" is no inventory in any form that is known here")]
    [InlineData("{\"format\": \"kronform-disk-inventory/9\", \"disks\": []}", "its format is kronform-disk-inventory/9, this program reads kronform-disk-inventory/1; save it anew")]
    [InlineData("{\"format\": \"kronform-disk-inventory/1\"}", "line 1: it is not an inventory, or not whole")]
    [InlineData("{\n\"format\": \"kronform-disk-inventory/1\", \"taken\": \"rescue\", \"guesses\": [], \"disks\": []}", "line 2: it is not an inventory, or not whole")]
    [InlineData("{\"format\": \"kronform-disk-inventory/1\", \"taken\": \"rescue\", \"contents\": \"probed\", \"guesses\": [], \"disks\": null}", "line 1: it is not an inventory, or not whole")]
    [InlineData("{\"kind\":\"failed\",\"code\":\"agent.failed\",\"message\":\"lsblk is not there\",\"diskState\":\"untouched\"}", "line 1: the agent took no inventory: lsblk is not there")]
    public void What_is_no_inventory_is_refused(string text, string expected)
    {
        var failure = Assert.Throws<ProvisionException>(() => Read(text));
        Assert.Equal((FailureCode.Usage, $"Reading the inventory {_path}: {expected}"), (failure.Code, failure.Message));
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_by_its_path()
    {
        var failure = Assert.Throws<ProvisionException>(() => InventoryFile.Read("/nowhere/n4.json"));
        Assert.Equal((FailureCode.Usage, "Reading the inventory /nowhere/n4.json: the file cannot be read"), (failure.Code, failure.Message));
    }
}
