using System.Globalization;
using System.Text;
using Kronform.Provision.Faults.Scenarios;
using Xunit;

namespace Kronform.Provision.Faults.Tests;

public sealed class DocumentTests
{
    private const string Begin = "<!-- scenarios: begin -->\n";
    private const string End = "<!-- scenarios: end -->";

    /// <summary>KRONFORM_UPDATE_FAULTS=1 writes the table anew.</summary>
    [Fact]
    public void The_documents_table_is_that_of_the_data()
    {
        string path = Path.Combine(Root(), "docs", "faults.md"), text = File.ReadAllText(path);
        int from = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, to = text.IndexOf(End, StringComparison.Ordinal);
        string table = Table();
        if (Environment.GetEnvironmentVariable("KRONFORM_UPDATE_FAULTS") == "1") File.WriteAllText(path, text[..from] + table + text[to..]);
        else Assert.Equal(table, text[from..to]);
    }

    private static string Table()
    {
        var table = new StringBuilder("| Scenario | Tier | What goes wrong | Predicted | Resets |\n|---|---|---|---|---|\n");
        foreach (var s in ScenarioFile.LoadAll())
            table.Append(CultureInfo.InvariantCulture, $"| `{s.Name}` | {s.Tier} | {s.Why} | {string.Join(", then ", s.Runs.Select(r => string.Join(" and ", r.Expect).Replace("|", " or ", StringComparison.Ordinal)))} | {s.Expect.Resets} |\n");
        return table.ToString();
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Kronform.Provision.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("the kit's tests run inside the repository");
    }
}
