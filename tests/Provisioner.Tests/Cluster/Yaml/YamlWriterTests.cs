using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.Patching;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.Yaml;

public sealed class YamlWriterTests
{
    [Theory]
    [InlineData("a: {b: [1, {c: d, e: [[x, y], []]}], f: {}}\n", "a:\n  b:\n    - 1\n    - c: d\n      e:\n        - - x\n          - y\n        - []\n  f: {}\n")]
    [InlineData("a: '1'\nb: 1\nc: \"\"\nd:\ne: ~\nf: 'null'\n", "a: \"1\"\nb: 1\nc: \"\"\nd: null\ne: ~\nf: \"null\"\n")]
    [InlineData("a: |\n  x\n\n    y\nb: |-\n  x\n  y\n", "a: |\n  x\n\n    y\nb: |-\n  x\n  y\n")]
    [InlineData("a: >\n  x\n  y\n\n  z\n", "a: |\n  x y\n  z\n")]
    [InlineData("a: \"x\\n\\n\"\nb: \" x\\ny\"\nc: \"a\\tb\\u0007\"\n", "a: \"x\\n\\n\"\nb: \" x\\ny\"\nc: \"a\\tb\\u0007\"\n")]
    [InlineData("a: \"say \\\"x\\\" \\\\ \"\n", "a: \"say \\\"x\\\" \\\\ \"\n")]
    [InlineData("\"a b: c\": 1\n'#x': 2\n", "\"a b: c\": 1\n\"#x\": 2\n")]
    [InlineData("- |\n  x\n  y\n- a: |\n    x\n    y\n", "- |\n  x\n  y\n- a: |\n    x\n    y\n")]
    [InlineData("a: x\n  y\nb: !!str 1\n", "a: x y\nb: \"1\"\n")]
    [InlineData("a: 1\n---\nb: 2\n", "a: 1\n---\nb: 2\n")]
    public void Text_is_written_in_one_shape_and_reads_back_the_same(string text, string expected)
    {
        var documents = Patched.Parse(text, "a.yaml");
        string written = YamlWriter.Write(documents);
        Assert.Equal(expected, written);
        var again = Patched.Parse(written, "b.yaml");
        Assert.True(documents.Zip(again).All(p => YamlEquality.Same(p.First, p.Second)) && documents.Count == again.Count, written);
    }
}
