using System.Text.Json;
using Kronform.Provision.Reports;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Reports;

public sealed class JsonReporterTests
{
    [Fact]
    public void What_a_node_waits_for_is_told_when_it_changes_and_progress_always()
    {
        using var writer = new StringWriter();
        var reporter = new JsonReporter(writer, new ManualTime());
        foreach (var (node, text, done) in ((string, string, long?)[])[("n1", "waiting", null), ("n1", "waiting", null), ("n2", "waiting", null), ("n1", "writing", 1), ("n1", "writing", 2), ("n1", "waiting", null)])
            reporter.Status(node, text, done, null);

        var told = writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)
            .Select(e => $"{e.GetProperty("node")} {e.GetProperty("text")} {(e.TryGetProperty("done", out var done) ? done.ToString() : "")}".TrimEnd());
        Assert.Equal(["n1 waiting", "n2 waiting", "n1 writing 1", "n1 writing 2", "n1 waiting"], told);
    }
}
