using System.Text.Json;
using Kronform.Provision.Reports;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Reports;

public sealed class JsonReporterTests
{
    [Fact]
    public void What_a_node_waits_for_is_told_when_it_changes()
    {
        using var writer = new StringWriter();
        var reporter = new JsonReporter(writer, new ManualTime());
        foreach (var (node, text, done) in ((string, string, long?)[])[("n1", "waiting", null), ("n1", "waiting", null), ("n2", "waiting", null), ("n1", "writing", 1), ("n1", "waiting", null)])
            reporter.Status(node, text, done, null);

        Assert.Equal(["n1 waiting", "n2 waiting", "n1 writing 1", "n1 waiting"], Told(writer));
    }

    [Fact]
    public void Progress_is_told_twice_a_second_and_its_begin_and_end_always()
    {
        using var writer = new StringWriter();
        var time = new ManualTime();
        var reporter = new JsonReporter(writer, time);
        for (long done = 1; done < 10; done++, time.Advance(TimeSpan.FromMilliseconds(200))) reporter.Status("n1", "writing", done, 10);
        reporter.Status("n2", "writing", 1, 10);
        reporter.Status("n1", "writing", 10, 10);

        Assert.Equal(["n1 writing 1", "n1 writing 4", "n1 writing 7", "n2 writing 1", "n1 writing 10"], Told(writer));
    }

    private static IEnumerable<string> Told(StringWriter writer) =>
        writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)
            .Select(e => $"{e.GetProperty("node")} {e.GetProperty("text")} {(e.TryGetProperty("done", out var done) ? done.ToString() : "")}".TrimEnd());
}
