using System.Text;
using Kronform.Provision.Cluster.Kubeconfigs;
using Kronform.Provision.Failures;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Kronform.Provision.Provisioner.Tests.Cluster.Kubeconfigs;

public sealed class KubeconfigTests : IDisposable
{
    private const string Existing = """
        apiVersion: v1
        kind: Config
        preferences: {}
        clusters:
        - name: work
          cluster: { server: "https://work:6443", certificate-authority-data: V09SSw== }
        users:
        - name: me
          user: { token: "0123" }
        contexts:
        - name: work
          context: { cluster: work, user: me, namespace: "007" }
        current-context: work

        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("kubeconfig-").FullName;

    private string File => Path.Combine(_folder, "kube", "config");

    [Fact]
    public void A_missing_file_becomes_what_Talos_sent_with_mode_0600_in_a_folder_of_ones_own()
    {
        Assert.Equal("admin@rack", KubeconfigFile.Merge(File, Sent("AAAA")));
        Assert.Equal(Sent("AAAA"), System.IO.File.ReadAllBytes(File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Path.GetDirectoryName(File)!));
    }

    [Fact]
    public void Everything_else_in_the_file_stays_also_the_current_context_and_quoted_numbers()
    {
        Write(Existing);
        KubeconfigFile.Merge(File, Sent("AAAA"));
        var root = Parse(System.IO.File.ReadAllText(File));
        Assert.Equal("work", root["current-context"].ToString());
        Assert.Equal(["work", "rack"], Names(root, "clusters"));
        Assert.Equal(["me", "admin@rack"], Names(root, "users"));
        Assert.Equal(["work", "admin@rack"], Names(root, "contexts"));
        var context = (YamlScalarNode)root["contexts"][0]["context"]["namespace"];
        Assert.Equal(("007", YamlDotNet.Core.ScalarStyle.DoubleQuoted), (context.Value, context.Style));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal([File], Directory.GetFiles(Path.GetDirectoryName(File)!));
    }

    [Fact]
    public void A_second_merge_renews_the_user_and_adds_nothing()
    {
        Write(Existing);
        KubeconfigFile.Merge(File, Sent("AAAA", key: "S0VZMQ=="));
        KubeconfigFile.Merge(File, Sent("AAAA", key: "S0VZMg=="));
        var root = Parse(System.IO.File.ReadAllText(File));
        Assert.Equal(["me", "admin@rack"], Names(root, "users"));
        Assert.Equal("S0VZMg==", root["users"][1]["user"]["client-key-data"].ToString());
    }

    [Theory]
    [InlineData("another cluster named rack", "clusters: [ { name: rack, cluster: { certificate-authority-data: Qg== } } ]")]
    [InlineData("no YAML", "clusters: [")]
    [InlineData("no kubeconfig", "just words")]
    [InlineData("no kubeconfig", "kind: Pod")]
    public void What_is_in_the_way_is_named_and_the_file_stays_as_it_was(string expected, string content)
    {
        Write(content);
        var failure = Assert.Throws<ProvisionException>(() => KubeconfigFile.Merge(File, Sent("AAAA", key: "U0VDUkVU")));
        Assert.Equal(FailureCode.Kubeconfig, failure.Code);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("U0VDUkVU", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(content, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_link_stays_a_link_and_the_file_behind_it_is_the_one_that_changes()
    {
        Write(Existing);
        string link = Path.Combine(_folder, "link");
        System.IO.File.CreateSymbolicLink(link, File);
        KubeconfigFile.Merge(link, Sent("AAAA"));
        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.Equal(["work", "rack"], Names(Parse(System.IO.File.ReadAllText(File)), "clusters"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, text);
    }

    private static byte[] Sent(string authority, string key = "S0VZ") => Encoding.UTF8.GetBytes($"""
        apiVersion: v1
        kind: Config
        clusters:
          - name: rack
            cluster: {"{"} server: "https://10.0.0.1:6443", certificate-authority-data: {authority} {"}"}
        users:
          - name: admin@rack
            user: {"{"} client-key-data: {key} {"}"}
        contexts:
          - name: admin@rack
            context: {"{"} cluster: rack, user: admin@rack {"}"}
        current-context: admin@rack

        """);

    private static YamlNode Parse(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        return yaml.Documents[0].RootNode;
    }

    private static IEnumerable<string> Names(YamlNode root, string list) => ((YamlSequenceNode)root[list]).Select(e => e["name"].ToString());
}
