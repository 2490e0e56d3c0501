using Kronform.Provision.VirtualRack.Description;

namespace Kronform.Provision.VirtualRack.Tests.Description;

public sealed class RackYamlTests
{
    public static TheoryData<string> Shipped() =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "racks"), "*.yaml").Select(f => Path.GetFileName(f))];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Every_rack_that_is_shipped_is_valid_and_has_a_system_disk_wherever_a_system_is_installed(string file)
    {
        var rack = RackYaml.Load(Path.Combine(AppContext.BaseDirectory, "racks", file));
        // The rack for capturing signatures installs nothing.
        if (rack.Name != "signatures") Assert.All(rack.Nodes, n => Assert.Single(n.Disks, d => d.Role == DiskRole.System));
    }

    [Fact]
    public void The_mac_address_follows_from_the_address() => Assert.Equal("52:54:00:77:00:0e", Parse(Node()).Nodes[0].Mac);

    [Theory]
    [InlineData("size: 1073741824", "size: 1073741825", "size must be a positive multiple of 512")]
    [InlineData("bus: sata", "bus: nvme", "wwn and model can be chosen on SATA only")]
    [InlineData("serial: A1", "serial: 'A 1'", "serial must be")]
    [InlineData("wwn: 5000c500a1b20321", "wwn: '0x5'", "wwn must be")]
    [InlineData("address: 10.77.0.14", "address: 10.77.0.1", "address must lie in")]
    [InlineData("address: 10.77.0.14", "address: nonsense", "address must lie in")]
    [InlineData("server: 321", "server: 0", "server must be a positive number")]
    [InlineData("fill: ceph", "fill: zfs", "fill is zfs")]
    [InlineData("fill: ceph", "physical-sector-size: 1024", "physical-sector-size must be")]
    [InlineData("fill: ceph", "faults: [ { on: write, at: 1073741824 } ]", "byte 1073741824 does not lie on the disk")]
    [InlineData("fill: ceph", "faults: [ { on: write } ]", "byte -1 does not lie on the disk")]
    [InlineData("fill: ceph", "faults: [ { on: erase, at: 0 } ]", "erase")]
    [InlineData("fill: ceph", "faults: [ { on: read, at: 0 } ], record-writes: true", "exclude each other")]
    [InlineData("server: 321", "serwer: 321", "serwer")]
    public void A_mistake_is_refused_and_named(string right, string wrong, string complaint)
    {
        var problem = Assert.Throws<RackDescriptionException>(() => Parse(Node().Replace(right, wrong, StringComparison.Ordinal)));
        Assert.Contains(complaint, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var problem = Assert.Throws<RackDescriptionException>(() => Parse(Node() + Node()["nodes:\n".Length..]));
        Assert.Equal(5, problem.Message.Split('\n').Length);
    }

    private static RackDescription Parse(string yaml) => RackYaml.Parse(yaml, "test", "/");

    private static string Node() =>
        """
        nodes:
          - name: n4
            server: 321
            address: 10.77.0.14
            firmware: bios
            disks:
              - { name: d, bus: sata, size: 1073741824, serial: A1, wwn: 5000c500a1b20321, fill: ceph }

        """;
}
