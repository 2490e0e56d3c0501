using System.Diagnostics;
using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Agent.Tests.Inventory;

public sealed class BootCodeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(-1, true, false)]
    [InlineData(0, true, true)]
    [InlineData(439, true, true)]
    // The disk's number, two bytes of nothing and the entries are no code.
    [InlineData(440, true, false)]
    [InlineData(446, true, false)]
    // Without the mark at its end no firmware starts a sector.
    [InlineData(0, false, false)]
    public void Code_is_what_lies_before_the_disks_number_in_a_marked_sector(int at, bool marked, bool code)
    {
        var sector = new byte[512];
        if (at >= 0) sector[at] = 0xEB;
        if (marked) (sector[510], sector[511]) = (0x55, 0xAA);

        Assert.Equal(code, MbrTable.HasBootCode(sector));
    }

    [Fact]
    public void The_table_that_protects_a_GPT_is_no_code()
    {
        var disk = new byte[8 << 20];
        TestGpt.Put(disk, 512, ("EFI", TestImage.Esp, 2048, 4095));

        Assert.False(MbrTable.HasBootCode(disk));
    }

    [Fact]
    public void The_boot_sector_of_a_FAT_counts_as_the_firmware_starts_it()
    {
        using var folder = new TempFolder();
        using (var file = File.Create(folder["disk"])) file.SetLength(16 << 20);
        using (var mkfs = Process.Start(new ProcessStartInfo("mkfs.vfat", folder["disk"]) { RedirectStandardOutput = true })!)
        {
            mkfs.StandardOutput.ReadToEnd();
            mkfs.WaitForExit();
        }

        Assert.True(MbrTable.HasBootCode(File.ReadAllBytes(folder["disk"]).AsSpan(0, 512)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_inventory_says_which_disk_has_code(bool code)
    {
        using var host = new FakeHost();
        host.Add(new FakeDisk("sda", 1 << 20) { Udev = new() { ["ID_SERIAL_SHORT"] = "S1", ["ID_WWN"] = "0x5" } });
        var sector = new byte[512];
        if (code) sector[0] = 0xFA;
        (sector[510], sector[511]) = (0x55, 0xAA);
        host.Write("sda", 0, sector);

        Assert.Equal(code, Assert.Single((await AgentRun.InventoryAsync(host, Token)).Disks).BootCode);
    }
}
