using Kronform.Provision.Disks;
using Kronform.Provision.Protocol;
using Kronform.Provision.Provisioner.Tests.Disks;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Acts;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Acts;

/// <summary>The approved plan against what was done and what is there.</summary>
public sealed class PlanCheckTests
{
    private static readonly string Plan = Hex('a');
    private static readonly string Successor = Hex('b');
    private static readonly string Other = Hex('c');
    private static readonly string Others = Hex('d');
    private static readonly DiskIdentity Disk = new("S1", null, 1);
    private static readonly RunRecord Fresh = new() { BootNonce = "aa" };

    [Fact]
    public void The_approved_plan_holds() => Assert.Equal(PlanStanding.Holds, Judge(Fresh, Plan));

    [Fact]
    public void Any_other_plan_is_a_changed_one() => Assert.Equal(PlanStanding.Changed, Judge(Fresh, Other));

    [Fact]
    public void A_plan_without_a_hash_is_never_the_approved_one() =>
        Assert.Equal(PlanStanding.Unknown, Judge(Fresh.After(new WriteStarting(Disk, Plan, Others)), null));

    [Fact]
    public void What_neutralising_made_of_the_approved_plan_may_be_followed_and_nothing_else()
    {
        var record = Fresh.After(new PlanSucceeded(Plan, Successor));
        Assert.Equal(PlanStanding.Succeeded, Judge(record, Successor));
        Assert.Equal(PlanStanding.Changed, Judge(record, Other));
        Assert.Equal(PlanStanding.Changed, Judge(Fresh.After(new PlanSucceeded(Other, Successor)), Successor));
    }

    [Fact]
    public void A_write_that_was_begun_under_the_approved_plan_goes_on()
    {
        Assert.Equal(PlanStanding.Begun, Judge(Fresh.After(new WriteStarting(Disk, Plan, Others)), Other));
        Assert.Equal(PlanStanding.Begun, Judge(Fresh.After(new PlanSucceeded(Plan, Successor)).After(new WriteStarting(Disk, Successor, Others)), Other));
    }

    [Fact]
    public void A_write_that_was_begun_goes_on_under_no_other_plan_on_no_other_disk_and_beside_no_other_disks()
    {
        Assert.Equal(PlanStanding.Changed, Judge(Fresh.After(new WriteStarting(Disk, Successor, Others)), Other));
        Assert.Equal(PlanStanding.Changed, Judge(Fresh.After(new WriteStarting(new("S2", null, 1), Plan, Others)), Other));
        Assert.Equal(PlanStanding.Changed, Judge(Fresh.After(new WriteStarting(Disk, Plan, Other)), Other));
        Assert.Equal(PlanStanding.Changed, Judge(Fresh.After(new WriteStarting(Disk, Plan)), Other));
    }

    [Fact]
    public void A_write_that_was_completed_and_lost_again_does_not_go_on()
    {
        var record = Fresh.After(new WriteStarting(Disk, Plan, Others)).After(new WriteDone(Disk, 1, "x"));
        Assert.Equal(PlanStanding.Changed, Judge(record, Other));
        Assert.Equal(PlanStanding.Changed, Judge(record.After(new WrittenImageLost("it differs")), Other));
    }

    [Fact]
    public void The_hash_of_the_others_leaves_out_the_contents_of_the_chosen_disk_only()
    {
        var chosen = Samples.Nvme("S1");
        string Of(BlockDevice first, BlockDevice second)
        {
            var plan = new DiskPlan { Verdicts = [.. new[] { first, second }.Select(d => new DiskVerdict { Disk = d, Kind = VerdictKind.NotMatched, Sentence = "" })], Chosen = first };
            return PlanCheck.OthersHash("n4", plan, first, Plan);
        }

        Assert.Equal(Of(chosen, Samples.Osd("Z1")), Of(chosen with { Partitions = Samples.FreshTalos }, Samples.Osd("Z1")));
        Assert.NotEqual(Of(chosen, Samples.Osd("Z1")), Of(chosen, Samples.Hdd("Z1")));
    }

    private static PlanStanding Judge(RunRecord record, string? hash) =>
        PlanCheck.Judge(ApprovedPlan.Parse(Plan[..12])!, record, Disk, hash, Others);

    private static string Hex(char digit) => new(digit, 64);
}
