using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.History;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.History;

/// <summary>What going on with a run may still wipe.</summary>
public sealed class SpentPermissionsTests
{
    private static readonly DiskIdentity S1 = new("S1", "0x1", 512);
    private static readonly DiskIdentity S2 = new("S2", "0x2", 512);
    private static readonly DiskIdentity Unnamed = new(null, "0x3", 512);
    private static readonly RunStarted Started = new("n4", 321, new string('a', 64), "nonce");
    private static readonly AttemptStarted Told = new(77, ["S1", "S2"], ["Z1"]);

    public static TheoryData<string, JournalEntry[], string[]> Journals { get; } = new()
    {
        { "nothing was written", [Started, Told, new AttemptEnded("disk.guarded")], ["S1", "S2"] },
        { "the write was only begun", [Started, Told, new DataLossAllowed("S1"), new WriteStarting(S1, "p"), new AttemptEnded("disk.stalled")], ["S1", "S2"] },
        { "the write was joined, and not ended", [Started, Told, new WriteStarting(S1, "p"), Told, new WriteRejoined("w1"), new WipedBytesKept(S1, "f", 1, 512)], ["S1", "S2"] },
        { "one disk was written", [Started, Told, new WriteStarting(S1, "p"), new WriteDone(S1, 512, "d"), new AttemptEnded("talos.unhealthy")], ["S2"] },
        { "by an earlier attempt", [Started, Told, new WriteStarting(S1, "p"), new WriteDone(S1, 512, "d"), Told, new AttemptEnded("run.cancelled")], ["S2"] },
        { "while nobody listened", [Started, Told, new WriteStarting(S1, "p"), Told, new WriteRejoined("w1"), new WriteDone(S1, 512, "d", Unwatched: true)], ["S2"] },
        { "what was written got lost", [Started, Told, new WriteStarting(S1, "p"), new WriteDone(S1, 512, "d"), new WrittenImageLost("differs")], ["S2"] },
        { "and was begun again", [Started, Told, new WriteStarting(S1, "p"), new WriteDone(S1, 512, "d"), new WrittenImageLost("differs"), new WriteStarting(S1, "p")], ["S2"] },
        { "both were written", [Started, Told, new WriteStarting(S2, "p"), new WriteDone(S2, 512, "d"), new WriteStarting(S1, "p"), new WriteDone(S1, 512, "d")], [] },
        { "one without a serial was written", [Started, Told, new WriteStarting(Unnamed, "p"), new WriteDone(Unnamed, 512, "d")], ["S1", "S2"] },
        { "nothing was allowed", [Started, new AttemptStarted(77), new WriteStarting(S1, "p"), new WriteDone(S1, 512, "d")], [] },
    };

    [Theory]
    [MemberData(nameof(Journals))]
    public void A_permission_ends_with_the_write_it_was_given_for(string journal, JournalEntry[] entries, string[] stillAllowed)
    {
        var options = RunHistory.OptionsOf(new JournalledRun(RunSummary.Of("n4", "id", entries, _ => false), "id.journal", entries));

        Assert.True(stillAllowed.SequenceEqual(options.AllowDataLoss), $"{journal}: {string.Join(' ', options.AllowDataLoss)}");
    }

    [Fact]
    public void The_operator_is_told_of_each_permission_that_is_not_given_again_and_how_to_give_it()
    {
        JournalEntry[] entries = [Started, Told, new WriteStarting(S1, "p"), new WriteDone(S1, 512, "d")];

        var note = Assert.Single(SpentPermissions.Notes("n4", entries));

        Assert.StartsWith("--allow-data-loss S1 is not given again", note, StringComparison.Ordinal);
        Assert.EndsWith("provision n4 --allow-data-loss S1", note, StringComparison.Ordinal);
        Assert.Empty(SpentPermissions.Notes("n4", [Started, Told]));
    }

    [Fact]
    public void What_else_was_said_about_disks_stays()
    {
        JournalEntry[] entries = [Started, Told, new WriteStarting(S1, "p"), new WriteDone(S1, 512, "d")];

        Assert.Equal(["Z1"], RunHistory.OptionsOf(new JournalledRun(RunSummary.Of("n4", "id", entries, _ => false), "id.journal", entries)).Neutralise);
    }
}
