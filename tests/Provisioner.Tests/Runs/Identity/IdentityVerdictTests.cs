using Kronform.Provision.Protocol;
using Kronform.Provision.Runs.Identity;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Identity;

public sealed class IdentityVerdictTests
{
    private static readonly MachineEvidence Known = new(321, "10.0.0.4", ["52:54:00:00:00:01"], "aaaa-1", ["S1", "S2"]);
    private static readonly MachineEvidence OtherMachine = new(321, "10.0.0.4", ["52:54:00:00:00:09"], "bbbb-9", ["X1"]);

    [Fact]
    public void A_server_that_was_never_seen_is_recorded()
    {
        Assert.IsType<IdentityVerdict.First>(IdentityVerdict.Judge(null, Known, []));
        Assert.IsType<IdentityVerdict.First>(IdentityVerdict.Judge(Known with { Server = 322 }, OtherMachine, []));
    }

    public static TheoryData<string, MachineEvidence, string[]> SameMachine { get; } = new()
    {
        { "unchanged", Known, [] },
        { "another address", Known with { Address = "10.0.0.5" }, [] },
        { "new board", Known with { MacAddresses = ["52:54:00:00:00:09"], SystemUuid = "bbbb-9" }, ["board and network card are others than last time, the disks are not: Hetzner will have exchanged the machine around them"] },
        { "new network card", Known with { MacAddresses = ["52:54:00:00:00:09"] }, [] },
        { "new disk", Known with { DiskSerials = ["S1", "S3"] }, ["the disk with serial S2 is gone", "the disk with serial S3 is new"] },
        { "all disks new", Known with { DiskSerials = ["S3"] }, ["the disk with serial S1 is gone", "the disk with serial S2 is gone", "the disk with serial S3 is new"] },
        { "uuid in capitals", Known with { MacAddresses = [], DiskSerials = ["S1", "S2"], SystemUuid = "AAAA-1" }, [] },
    };

    [Theory]
    [MemberData(nameof(SameMachine))]
    public void It_is_the_same_machine_while_any_part_of_it_is(string what, MachineEvidence seen, string[] changes)
    {
        var same = Assert.IsType<IdentityVerdict.Same>(IdentityVerdict.Judge(Known, seen, []));
        Assert.True(changes.SequenceEqual(same.Changes), $"{what}: {string.Join("; ", same.Changes)}");
    }

    [Fact]
    public void A_machine_of_which_nothing_is_as_it_was_is_another_one()
    {
        var another = Assert.IsType<IdentityVerdict.Another>(IdentityVerdict.Judge(Known, OtherMachine, []));
        Assert.Contains("52:54:00:00:00:09", another.Why, StringComparison.Ordinal);
        Assert.Contains("S1 S2", another.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_another_node_was_seen_on_is_refused_also_at_first_contact()
    {
        var n5 = Known with { Server = 322 };
        var another = Assert.IsType<IdentityVerdict.Another>(IdentityVerdict.Judge(null, Known, [("n5", n5)]));
        Assert.Contains("n5 was seen on as server 322", another.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_moved_over_from_another_node_is_no_clash() =>
        Assert.IsType<IdentityVerdict.First>(IdentityVerdict.Judge(null, Known, [("n5", OtherMachine with { Server = 322, DiskSerials = ["S1"] })]));

    [Fact]
    public void Two_nodes_that_changed_their_server_numbers_are_no_clash() =>
        Assert.IsType<IdentityVerdict.First>(IdentityVerdict.Judge(OtherMachine with { Server = 322 }, Known, [("n5", Known)]));

    [Theory]
    [InlineData("03000200-0400-0500-0006-000700080009")]
    [InlineData("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public void A_uuid_that_makers_leave_in_every_board_proves_nothing(string uuid)
    {
        var inventory = new HostInventory
        {
            Rescue = new RescueEvidence { Hostname = "rescue", RootFileSystem = "tmpfs", HetznerBuildFile = true },
            BootId = "b", Firmware = "bios", MacAddresses = ["m"], SystemUuid = uuid, Disks = [],
        };
        Assert.Null(MachineEvidence.Of(1, "a", inventory).SystemUuid);
        Assert.Equal("aaaa-1", MachineEvidence.Of(1, "a", inventory with { SystemUuid = "aaaa-1" }).SystemUuid);
    }
}
