using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Acts;
using Kronform.Provision.Runs.Looking;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Acts;

/// <summary>What is to be wiped is kept whole, or not said to be kept.</summary>
public sealed class WriteWatchTests : IDisposable
{
    private static readonly DiskIdentity Disk = new("S1", null, 512);
    private readonly string _folder = Directory.CreateTempSubdirectory("watch-").FullName;
    private readonly JournalFile _journal;
    private readonly NodeContext _context;

    public WriteWatchTests()
    {
        _journal = JournalFile.Open(Path.Combine(_folder, "run.journal"), TimeProvider.System);
        _journal.Append(new WriteStarting(Disk, "plan", "others", "job1", "boot1"));
        var node = new NodeSpec { Name = "n4", ServerNumber = 1, Role = NodeRole.ControlPlane, ConfigPath = "n4.yaml", Line = 1, Column = 1 };
        var services = new RunServices(null!, null, null!, null!, null!, null!, new StateFolder(_folder), new SilentReporter(), TimeProvider.System, NullLoggerFactory.Instance);
        _context = new NodeContext(services, node, null!, IPAddress.Loopback, new RunOptions(), _journal, new PhaseClock(TimeProvider.System));
    }

    private IEnumerable<WipedBytesKept> Kept => _journal.Entries.OfType<WipedBytesKept>();

    [Fact]
    public void All_pieces_that_were_sent_are_kept()
    {
        using (var watch = Watch()) See(watch, Piece(1, 512), Piece(2, 100), Done(2, 612));

        Assert.Equal(2, File.ReadLines(Path.Combine(_folder, "n4", Assert.Single(Kept).File)).Count());
    }

    [Fact]
    public void A_disk_of_zeros_has_no_piece_to_keep()
    {
        using (var watch = Watch()) See(watch, Done(0, 0));

        Assert.Equal(0, Assert.Single(Kept).Pieces);
    }

    [Theory]
    [InlineData(3, 612)]
    [InlineData(2, 613)]
    [InlineData(1, 512)]
    public void Pieces_that_are_not_those_that_were_sent_are_never_said_to_be_kept(int pieces, long bytes)
    {
        using var watch = Watch();
        See(watch, Piece(1, 512), Piece(2, 100));

        var failure = Assert.Throws<ProvisionException>(() => watch.See(Done(pieces, bytes)));

        Assert.Equal(FailureCode.RunJournal, failure.Code);
        Assert.Empty(Kept);
    }

    [Fact]
    public void Whoever_comes_back_hears_all_pieces_again_and_counts_from_the_first()
    {
        using (var lost = Watch()) See(lost, Piece(1, 512));
        using (var watch = Watch()) See(watch, Piece(1, 512), Piece(2, 100), Done(2, 612));

        Assert.Equal(2, File.ReadLines(Path.Combine(_folder, "n4", Assert.Single(Kept).File)).Count());
    }

    [Fact]
    public void What_an_earlier_connection_kept_is_not_counted_again()
    {
        _context.Append(new WipedBytesKept(Disk, "file", 2, 612));

        using (var watch = Watch()) See(watch, Piece(1, 512), Piece(2, 100), Done(2, 612));

        Assert.Equal("file", Assert.Single(Kept).File);
    }

    public void Dispose()
    {
        _journal.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private WriteWatch Watch() => new(_context, "job1", Disk);

    private static void See(WriteWatch watch, params AgentEvent[] events)
    {
        foreach (var said in events) watch.See(said);
    }

    private static BytesSaved Piece(int index, int length) => new() { Index = index, OffsetBytes = 512L * index, LengthBytes = length, Gzip = [1] };

    private static SavingDone Done(int pieces, long bytes) => new() { Index = 9, Pieces = pieces, Bytes = bytes };
}
