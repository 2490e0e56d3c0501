using Kronform.Provision.Failures;
using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

/// <summary>A cluster is bootstrapped once in its life, whatever was killed, lost or re-marked.</summary>
public sealed class BootstrapLedgerTests : IDisposable
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly RunRecord Fresh = new() { BootNonce = "aa" };
    private readonly StateFolder _state = new(Directory.CreateTempSubdirectory("ledger-").FullName);

    [Fact]
    public void An_empty_ledger_refuses_nobody() => Assert.Null(Ledger.Refusal("n1", Fresh));

    [Fact]
    public void The_run_that_asked_may_ask_the_same_node_again()
    {
        Ledger.Record("n1", done: false, Night);
        Assert.Null(Ledger.Refusal("n1", Fresh with { BootstrapAsked = true }));
        Ledger.Record("n1", done: true, Night);
        Assert.Null(Ledger.Refusal("n1", Fresh with { BootstrapAsked = true }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Another_node_and_another_run_are_refused_whether_or_not_the_answer_came(bool done)
    {
        Ledger.Record("n1", done, Night);
        Assert.Equal(FailureCode.BootstrapRefused, Ledger.Refusal("n2", Fresh with { BootstrapAsked = true })!.Code);
        Assert.Equal(FailureCode.BootstrapRefused, Ledger.Refusal("n1", Fresh)!.Code);
    }

    [Fact]
    public void A_disk_that_is_written_anew_in_the_same_run_does_not_bring_the_permission_back()
    {
        var asked = RunRecord.From([new RunStarted("n1", 1, "ab", "cd"), new BootstrapAsking(), new WriteStarting(new Kronform.Provision.Protocol.DiskIdentity("S", null, 1), "p")]);
        Ledger.Record("n1", done: true, Night);
        Assert.NotNull(Ledger.Refusal("n1", asked));
    }

    [Fact]
    public async Task Of_many_that_claim_it_at_once_exactly_one_gets_it_and_keeps_it()
    {
        for (int round = 0; round < 20; round++)
        {
            await ClaimAtOnceAsync();
            File.Delete(Path.Combine(_state.Root, "bootstrap.json"));
        }
    }

    [Fact]
    public void A_damaged_ledger_stops_the_run()
    {
        File.WriteAllText(Path.Combine(_state.Root, "bootstrap.json"), "{");
        Assert.Equal(FailureCode.RunJournal, Assert.Throws<ProvisionException>(() => Ledger.Refusal("n1", Fresh)).Code);
    }

    public void Dispose() => Directory.Delete(_state.Root, recursive: true);

    private async Task ClaimAtOnceAsync()
    {
        string[] names = [.. Enumerable.Range(1, 16).Select(n => $"n{n}")];
        using var start = new Barrier(names.Length);
        BootstrapClaim[] claims = await Task.WhenAll(names.Select(n => Task.Factory.StartNew(() =>
        {
            start.SignalAndWait();
            BootstrapClaim claim;
            while ((claim = Ledger.Claim(n, Night)) == BootstrapClaim.Busy) Thread.Yield();
            return claim;
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        string winner = names[Array.IndexOf(claims, BootstrapClaim.Ours)];
        Assert.Single(claims, c => c == BootstrapClaim.Ours);
        Assert.Equal(BootstrapClaim.Ours, Ledger.Claim(winner, Night));
        Assert.All(names.Where(n => n != winner), n => Assert.Equal(BootstrapClaim.Taken, Ledger.Claim(n, Night)));
        Assert.Equal(["bootstrap.json", "bootstrap.lock"], Directory.GetFiles(_state.Root).Select(Path.GetFileName).Order());
    }

    private BootstrapLedger Ledger => new(_state);
}
