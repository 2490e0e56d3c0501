using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Kronform.Provision.Disks;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Provisioner.Tests.Failures;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Disks.Reports;

/// <summary>docs/disk-report.md is the contract of the JSON form: every member, verdict, state and code is in it, and nothing else.</summary>
public sealed partial class DiskReportDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "disk-report.md"));

    [Fact]
    public void Every_member_of_the_JSON_form_is_documented_and_no_other()
    {
        string section = Document[Document.IndexOf("| member | meaning |", StringComparison.Ordinal)..Document.IndexOf("| `verdict` | meaning |", StringComparison.Ordinal)];
        var documented = FirstCell().Matches(section).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(Members(typeof(DiskReport), "").Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
        Assert.True(documented.Count > 50, $"{documented.Count} members");
    }

    [Fact]
    public void Every_verdict_state_and_kind_is_documented()
    {
        Assert.All(Names<VerdictKind>(), name => Assert.Contains($"\n| `{name}` | ", Document, StringComparison.Ordinal));
        Assert.All(Names<InventoryState>(), name => Assert.Contains($"\n| `{name}` | ", Document, StringComparison.Ordinal));
        Assert.All(Names<InventoryContents>(), name => Assert.Contains($"\n- `{name}`: ", Document, StringComparison.Ordinal));
        string kinds = Document.Split('\n').Single(l => l.StartsWith("| `disks[].findings[].kind` |", StringComparison.Ordinal));
        Assert.All(Names<FindingKind>(), name => Assert.Contains($"`{name}` (", kinds, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_code_that_stands_in_the_source_is_documented()
    {
        string folder = Path.Combine(RepositoryRoot.Path, "src", "Provisioner", "Disks");
        var codes = Directory.GetFiles(folder, "*.cs").SelectMany(f => Code().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value).Distinct().ToList();
        var documented = FirstCell().Matches(Document[Document.IndexOf("| code | effect | meaning |", StringComparison.Ordinal)..]).Select(m => m.Groups[1].Value).ToHashSet();
        Assert.Empty(codes.Except(documented));
        Assert.True(codes.Count > 20, $"{codes.Count} codes");
    }

    private static IEnumerable<string> Members(Type type, string prefix)
    {
        foreach (var property in DiskReportJson.Default.Options.GetTypeInfo(type).Properties)
        {
            string path = prefix + property.Name;
            yield return path;
            var inner = DiskReportJson.Default.Options.GetTypeInfo(property.PropertyType);
            var element = inner.Kind == JsonTypeInfoKind.Enumerable ? inner.ElementType! : property.PropertyType;
            if (DiskReportJson.Default.Options.GetTypeInfo(element).Kind != JsonTypeInfoKind.Object) continue;
            foreach (string member in Members(element, inner.Kind == JsonTypeInfoKind.Enumerable ? path + "[]." : path + ".")) yield return member;
        }
    }

    private static IEnumerable<string> Names<T>() where T : struct, Enum => typeof(T).GetFields().Where(f => f.IsLiteral)
        .Select(f => ((JsonStringEnumMemberNameAttribute)f.GetCustomAttributes(typeof(JsonStringEnumMemberNameAttribute), false).Single()).Name);

    [GeneratedRegex(@"^\| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex FirstCell();

    [GeneratedRegex("\"((?:data|use|disk|talos|boot)\\.[a-z]+(?:-[a-z]+)*)\",")]
    private static partial Regex Code();
}
