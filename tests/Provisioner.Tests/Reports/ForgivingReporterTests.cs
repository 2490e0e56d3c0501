using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;
using Kronform.Provision.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Reports;

/// <summary>A run does not end because nobody can be told of it.</summary>
public sealed class ForgivingReporterTests
{
    public static TheoryData<Exception> Breaks { get; } = [new IOException("Input/output error"), new UnauthorizedAccessException("gone"), new ObjectDisposedException("writer")];

    [Theory]
    [MemberData(nameof(Breaks))]
    public void What_cannot_be_told_any_more_is_logged_once_and_left_alone(Exception breaks)
    {
        var log = new CountingLogger();
        var broken = new Telling { Breaks = breaks };
        var reporter = new ForgivingReporter(broken, "standard output", log);

        TellAll(reporter);
        broken.Breaks = null;
        TellAll(reporter);

        Assert.Equal((1, 1), (broken.Calls, log.Warnings));
    }

    [Fact]
    public void Every_kind_of_telling_is_passed_on_and_forgiven()
    {
        var whole = new Telling();
        TellAll(new ForgivingReporter(whole, "standard output", NullLogger.Instance));
        Assert.Equal(5, whole.Calls);

        for (int at = 0; at < 5; at++)
        {
            var broken = new Telling { Breaks = new IOException("Input/output error"), BreaksAfter = at };
            TellAll(new ForgivingReporter(broken, "standard output", NullLogger.Instance));
            Assert.Equal(at + 1, broken.Calls);
        }
    }

    [Fact]
    public void A_defect_is_not_hidden() =>
        Assert.Throws<InvalidOperationException>(() => TellAll(new ForgivingReporter(new Telling { Breaks = new InvalidOperationException() }, "standard output", NullLogger.Instance)));

    [Fact]
    public void A_log_that_breaks_as_well_is_no_failure_either()
    {
        var reporter = new ForgivingReporter(new Telling { Breaks = new IOException("Input/output error") }, "standard output", new CountingLogger { Breaks = true });

        TellAll(reporter);
    }

    [Fact]
    public void An_events_file_on_a_full_disk_leaves_standard_output_and_the_other_way_round()
    {
        var output = new Telling();
        TellAll(ReportsServices.Create(output, "/dev/full", new ManualTime(), NullLogger.Instance), disks: false);
        Assert.Equal(4, output.Calls);

        var events = Path.GetTempFileName();
        TellAll(ReportsServices.Create(new Telling { Breaks = new IOException("Input/output error") }, events, new ManualTime(), NullLogger.Instance), disks: false);
        Assert.Equal(4, File.ReadLines(events).Count());
        File.Delete(events);
    }

    private static void TellAll(IRunReporter reporter, bool disks = true)
    {
        reporter.PhaseStarted("n4", RunPhase.Preflight, "text");
        reporter.Note("n4", "text");
        reporter.Status("n4", "text");
        if (disks) reporter.Disks("n4", null!);
        reporter.Finished(new NodeResult("n4", "is healthy", false, null, []));
    }

    private sealed class Telling : IRunReporter
    {
        public Exception? Breaks { get; set; }

        public int BreaksAfter { get; init; }

        public int Calls { get; private set; }

        public void PhaseStarted(string node, RunPhase phase, string text) => Called();

        public void Note(string node, string text) => Called();

        public void Status(string node, string text, long? done, long? total) => Called();

        public void Disks(string node, DiskReport report) => Called();

        public void Finished(NodeResult result) => Called();

        private void Called()
        {
            if (Calls++ >= BreaksAfter && Breaks is not null) throw Breaks;
        }
    }

    private sealed class CountingLogger : ILogger
    {
        public int Warnings { get; private set; }

        public bool Breaks { get; init; }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Breaks) throw new IOException("No space left on device");
            if (logLevel == LogLevel.Warning) Warnings++;
        }
    }
}
