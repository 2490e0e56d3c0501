using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class LeftJobTests
{
    private static readonly DiskIdentity Disk = new("S1", "0x1", 1 << 30);
    private static readonly DiskIdentity Other = new("S2", "0x2", 1 << 30);
    private static readonly ImageWritten Written = new()
    {
        Disk = Disk,
        DeviceName = "sda",
        WrittenBytes = 512,
        ContentDigest = "d",
        SourceSha256 = "s",
        PartitionLabels = [],
    };

    private static readonly RunRecord Began = Record(new WriteStarting(Disk, "plan", "others", "job1", "boot1"));

    [Fact]
    public void A_job_is_asked_for_only_in_the_boot_in_which_it_was_started()
    {
        Assert.True(LeftJob.MayBe(Began, "boot1"));
        Assert.False(LeftJob.MayBe(Began, "boot2"));
        Assert.False(LeftJob.MayBe(Record(), "boot1"));
        // As an earlier version of this program wrote it.
        Assert.False(LeftJob.MayBe(Record(new WriteStarting(Disk, "plan")), "boot1"));
        Assert.False(LeftJob.MayBe(Record(new WriteStarting(Disk, "plan", "others", "job1", "boot1"), new WriteDone(Disk, 512, "d")), "boot1"));
    }

    [Theory]
    [InlineData("S1", "others", typeof(LeftJob.Join))]
    [InlineData("S1", "changed", typeof(LeftJob.End))]
    [InlineData("S2", "others", typeof(LeftJob.End))]
    [InlineData(null, null, typeof(LeftJob.End))]
    public void A_running_job_is_joined_only_if_it_writes_what_is_wanted_now(string? wanted, string? others, Type expected) =>
        Assert.IsType(expected, LeftJob.Judge(Began, [Job("other", true), Job("job1", true)], Identity(wanted), others));

    [Fact]
    public void A_result_is_taken_if_it_is_on_the_disk_that_is_wanted_now()
    {
        Assert.Same(Written, Assert.IsType<LeftJob.Take>(LeftJob.Judge(Began, [Job("job1", false, Written)], Disk, "changed")).Written);
        Assert.NotNull(Assert.IsType<LeftJob.Gone>(LeftJob.Judge(Began, [Job("job1", false, Written)], Other, "others")).Because);
    }

    [Fact]
    public void A_failure_that_nobody_heard_is_told_and_begun_anew()
    {
        var failed = new AgentFailed { Code = AgentFailureCodes.ImageUnavailable, Message = "it broke off", DiskState = DiskStates.WithoutTable };

        Assert.Contains("it broke off", Assert.IsType<LeftJob.Gone>(LeftJob.Judge(Began, [Job("job1", false, failed)], Disk, "others")).Because, StringComparison.Ordinal);
        Assert.Null(Assert.IsType<LeftJob.Gone>(LeftJob.Judge(Began, [Job("other", true)], Disk, "others")).Because);
    }

    [Theory]
    [InlineData("job1", true, 1, true)]
    [InlineData("other", true, 0, true)]
    [InlineData("other", true, 1, false)]
    [InlineData("other", false, 0, false)]
    public void Only_ones_own_job_or_one_that_nobody_listens_to_may_be_ended(string id, bool running, int watchers, bool may) =>
        Assert.Equal(may, LeftJob.MayEnd(Began, new AgentJob(id, "write", running, watchers, 3, null)));

    [Theory]
    [InlineData("image.unavailable", true, false, false, true)]
    [InlineData("image.unavailable", true, true, false, true)]
    [InlineData("image.unavailable", true, true, true, true)]
    [InlineData("image.unavailable", false, false, false, false)]
    [InlineData("agent.cancelled", true, false, false, true)]
    // By this run's own word, or by somebody else's.
    [InlineData("agent.cancelled", true, false, true, false)]
    [InlineData("agent.cancelled", true, true, false, false)]
    // Nobody waits for a turn to send what the server fetches itself.
    [InlineData("agent.cancelled", false, false, false, false)]
    [InlineData("disk.write-failed", true, false, false, false)]
    [InlineData("run.journal", true, false, false, false)]
    public void Only_a_pushed_image_that_broke_off_or_was_given_up_is_no_failure_of_whoever_joined(string code, bool pushed, bool answered, bool stopping, bool anew) =>
        Assert.Equal(anew, LeftJob.BeginsAnew(FailureCode.Named(code), pushed, answered, stopping));

    [Fact]
    public void The_record_knows_every_job_and_whether_the_last_ones_bytes_are_kept()
    {
        var record = Record(new WriteStarting(Disk, "plan", "others", "job1", "boot1"), new WipedBytesKept(Disk, "file", 1, 512));
        Assert.True(record.WipedKept);

        record = record.After(new WriteStarting(Disk, "plan", "others", "job2", "boot1"));

        Assert.False(record.WipedKept);
        Assert.Equal(["job1", "job2"], record.Jobs);
    }

    [Fact]
    public void A_result_that_nobody_watched_come_is_not_fresh()
    {
        Assert.True(Began.After(new WriteDone(Disk, 512, "d")).FreshlyWritten);
        Assert.False(Began.After(new WriteDone(Disk, 512, "d", Unwatched: true)).FreshlyWritten);
    }

    [Theory]
    [InlineData(7, 0, typeof(NextAction.Wait))]
    [InlineData(59, 0, typeof(NextAction.Wait))]
    [InlineData(60, 0, typeof(NextAction.EnterRescue))]
    // Long over.
    [InlineData(7, 61, typeof(NextAction.EnterRescue))]
    public void A_server_that_may_be_writing_is_not_reset_for_a_line_that_blinks(int silentSeconds, int begunMinutesBefore, Type expected)
    {
        var since = DateTimeOffset.UnixEpoch + TimeSpan.FromMinutes(begunMinutesBefore);
        var record = Record(new WriteStarting(Disk, "plan", "others", "job1", "boot1") { At = DateTimeOffset.UnixEpoch });

        Assert.IsType(expected, Silence(record, since, silentSeconds));
        // Without a job nothing over there goes on without us.
        Assert.IsType<NextAction.EnterRescue>(Silence(Record(new WriteStarting(Disk, "plan") { At = DateTimeOffset.UnixEpoch }), since, silentSeconds));
    }

    [Fact]
    public void A_job_does_not_survive_a_reset()
    {
        var record = Record(
            new WriteStarting(Disk, "plan", "others", "job1", "boot1") { At = DateTimeOffset.UnixEpoch },
            new ResetPressing("hw", "rescue") { At = DateTimeOffset.UnixEpoch + TimeSpan.FromMinutes(1) }, new RescueProven("boot2", [], null));

        Assert.IsType<NextAction.EnterRescue>(Silence(record, DateTimeOffset.UnixEpoch + TimeSpan.FromMinutes(10), 7));
    }

    private static NextAction Silence(RunRecord record, DateTimeOffset since, int seconds)
    {
        var node = new NodeSpec { Name = "n4", ServerNumber = 1, Role = NodeRole.ControlPlane, ConfigPath = "n4.yaml", Line = 1, Column = 1 };
        return Decision.Next(node, record, new Observation.Silent("nothing"), new RunLimits(),
            new Circumstances(since + TimeSpan.FromSeconds(seconds), since, since, AllowReset: false, KnownNode: false) { UnknownSince = since });
    }

    private static RunRecord Record(params JournalEntry[] entries) => RunRecord.From([new RunStarted("n4", 1, "image", "nonce"), .. entries]);

    private static DiskIdentity? Identity(string? serial) => serial switch { "S1" => Disk, "S2" => Other, _ => null };

    private static AgentJob Job(string id, bool running, AgentEvent? outcome = null) => new(id, "write", running, running ? 1 : 0, 9, outcome);
}
