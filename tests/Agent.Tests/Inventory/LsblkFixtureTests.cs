using System.Text.Json;
using System.Text.RegularExpressions;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Agent.Tests.Inventory;

/// <summary>
/// Output of lsblk, captured in rescue systems or made in its exact form. The machine behind each is built as the kernel and udev
/// would show it, and the inventory must say what lsblk said.
/// </summary>
public sealed partial class LsblkFixtureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("kronform-n2-like.json", 3)]
    [InlineData("nvme-pair-identical-empty.json", 2)]
    [InlineData("ax41-nvme-pair-installimage-uefi-raid1-lvm.json", 2)]
    [InlineData("nvme-960G-plus-2x3840G-md0-rescue.json", 3)]
    [InlineData("nvme-mixed-sizes-rescue.pairs.txt", 2)]
    public async Task The_inventory_says_what_lsblk_said(string fixture, int disks)
    {
        var rows = Rows(fixture);
        using var host = new FakeHost();
        foreach (var row in rows) AddAsKernelShows(host, row);

        var inventory = await AgentRun.InventoryAsync(host, Token);

        var expected = rows.Where(row => row.Type == "disk").OrderBy(row => row.Name, StringComparer.Ordinal).ToArray();
        Assert.Equal(disks, expected.Length);
        Assert.Equal(
            expected.Select(row => (row.Name, row.Size, row.Model, row.Vendor, row.Serial, row.Wwn)),
            inventory.Disks.Select(disk => (disk.Name, disk.SizeBytes, disk.Model, disk.Vendor, disk.Serial, disk.Wwn)));
        foreach (var (row, disk) in expected.Zip(inventory.Disks))
        {
            if (row.Transport is not null) Assert.Equal(row.Transport, disk.Transport);
            Assert.Equal(row.Rotational, disk.Rotational);
            Assert.Empty(disk.Signatures);
        }
    }

    [Fact]
    public async Task Names_that_udev_knows_only_after_a_while_are_waited_for()
    {
        using var host = new FakeHost();
        foreach (var row in Rows("udev-not-settled-empty-wwn.json")) AddAsKernelShows(host, row);
        var late = Rows("nvme-pair-identical-empty.json").Where(row => row.Type == "disk").ToArray();
        var time = new HurriedTime();
        time.OnWait = () =>
        {
            if (time.GetElapsedTime(0).TotalSeconds < 2) return;
            for (var index = 0; index < late.Length; index++)
                host.PutUdev($"8:{(index + 1) * 16}", new FakeDisk(late[index].Name, 1) { Udev = new() { ["ID_SERIAL_SHORT"] = late[index].Serial!, ["ID_WWN"] = late[index].Wwn! } });
        };

        var inventory = await AgentRun.InventoryAsync(host, Token, time);

        Assert.Equal(late.Select(row => (row.Serial, row.Wwn)), inventory.Disks.Select(disk => (disk.Serial, disk.Wwn)));
    }

    private sealed record Row(string Name, string Type, long Size, string? Model, string? Vendor, string? Serial, string? Wwn, string? Transport, bool Rotational);

    private static void AddAsKernelShows(FakeHost host, Row row)
    {
        var nvme = row.Name.StartsWith("nvme", StringComparison.Ordinal);
        var udev = new Dictionary<string, string>();
        if (row.Serial is not null) udev["ID_SERIAL_SHORT"] = row.Serial;
        if (row.Wwn is not null) udev["ID_WWN"] = row.Wwn;
        // What udev would say of the model has underscores and must not win.
        if (row.Model is not null) udev["ID_MODEL"] = row.Model.Replace(' ', '_');
        host.Add(new FakeDisk(row.Name, row.Size)
        {
            Bus = nvme ? $"pci0000:00/{row.Name}/nvme/{row.Name[..^2]}" : $"pci0000:00/0000:00:17.0/ata{row.Name[^1] - 'a' + 1}/host0/target0:0:0/{row.Name}",
            HasDevice = row.Type == "disk",
            Model = row.Model?.PadRight(40),
            Vendor = row.Vendor?.PadRight(8),
            Rotational = row.Rotational,
            Udev = udev,
        });
    }

    private static IReadOnlyList<Row> Rows(string fixture)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", fixture));
        if (!fixture.EndsWith(".json", StringComparison.Ordinal))
            return [.. text.Split('\n').Where(line => line.StartsWith("NAME=", StringComparison.Ordinal)).Select(line =>
            {
                var values = Pair().Matches(line).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
                string? Get(string name) => values.TryGetValue(name, out var value) && value.Trim() is { Length: > 0 } trimmed ? trimmed : null;
                return new Row(Get("NAME")!, Get("TYPE")!, long.Parse(Get("SIZE")!), Get("MODEL"), Get("VENDOR"), Get("SERIAL"), Get("WWN"), null, Get("ROTA") == "1");
            })];

        using var json = JsonDocument.Parse(text);
        return [.. json.RootElement.GetProperty("blockdevices").EnumerateArray().Select(device =>
        {
            string? Get(string name) => device.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString()!.Trim() is { Length: > 0 } trimmed ? trimmed : null;
            return new Row(Get("name")!, Get("type")!, device.GetProperty("size").GetInt64(), Get("model"), Get("vendor"), Get("serial"), Get("wwn"), Get("tran"),
                device.TryGetProperty("rota", out var rotational) && rotational.ValueKind == JsonValueKind.True);
        })];
    }

    [GeneratedRegex("([A-Z-]+)=\"([^\"]*)\"")]
    private static partial Regex Pair();
}
