using System.Text;
using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Talos;
using Kronform.Provision.Talos.Contexts;
using Kronform.Provision.Talos.Pki;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Talos.Contexts;

/// <summary>Talosconfigs on disk: what is read, what an edit changes, and all that it must not change.</summary>
public sealed class TalosconfigTests : IDisposable
{
    private static readonly string Ca = Pem("CERTIFICATE", "the ca");
    private static readonly TalosContext Ours = new("kronform", ["192.0.2.14", "192.0.2.15"], [], Ca, Pem("CERTIFICATE", "new crt"), new Secret(Pem("ED25519 PRIVATE KEY", "new key")));

    private readonly string _folder = Directory.CreateTempSubdirectory("talosconfig-").FullName;

    private string File => Path.Combine(_folder, "config");

    [Fact]
    public void The_current_context_comes_first()
    {
        System.IO.File.WriteAllText(File, Existing());

        var contexts = TalosconfigFile.Read(File);

        Assert.Equal(["home", "kronform"], contexts.Select(c => c.Name));
        Assert.Equal(["10.0.0.2", "10.0.0.3"], contexts[0].Endpoints);
        Assert.Equal(Pem("ED25519 PRIVATE KEY", "old key"), contexts[1].KeyPem.Reveal());
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("- a\n", "the file is not a map of keys")]
    [InlineData("context: x\ncontexts: {}\n", "there is no context in it")]
    [InlineData("context: x\ncontexts:\n    x:\n        endpoints: []\n", "contexts.x.ca: is missing")]
    [InlineData("context: x\ncontexts:\n    x:\n        ca: c2VjcmV0IG5vIHBlbQ==\n        crt: '!'\n        key: '?'\n", "contexts.x.key: is not base64 of PEM text")]
    [InlineData("contexts:\n\tx: {}\n", "indented with a tab")]
    public void What_cannot_be_read_is_said_with_its_place_and_without_its_value(string text, string problem)
    {
        System.IO.File.WriteAllText(File, text);

        var e = Assert.Throws<ConfigProblemsException>(() => TalosconfigFile.Read(File));

        Assert.Equal(FailureCode.Talosconfig, e.Code);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.StartsWith(File + ":", e.Problems[0].ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret no pem", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("the file does not exist", Assert.Throws<ConfigProblemsException>(() => TalosconfigFile.Read(File)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_edit_changes_the_lines_of_its_own_context_and_nothing_else()
    {
        System.IO.File.WriteAllText(File, Existing());

        Assert.Equal("kronform", TalosconfigFile.Merge(File, Ours));

        Assert.Equal(
            Existing()
                .Replace("        endpoints:\n        - 127.0.0.1 # generated\n", "        endpoints:\n            - \"192.0.2.14\"\n            - \"192.0.2.15\"\n", StringComparison.Ordinal)
                .Replace(Base64(Pem("CERTIFICATE", "old crt")), Base64(Ours.CertificatePem), StringComparison.Ordinal)
                .Replace(Base64(Pem("ED25519 PRIVATE KEY", "old key")), Base64(Ours.KeyPem.Reveal()), StringComparison.Ordinal),
            System.IO.File.ReadAllText(File));
        Assert.Equal(Existing().Split('\n').Length + 1, System.IO.File.ReadAllText(File).Split('\n').Length);
    }

    [Fact]
    public void Line_ends_of_Windows_stay_line_ends_of_Windows()
    {
        System.IO.File.WriteAllText(File, Existing().Replace("\n", "\r\n", StringComparison.Ordinal));

        TalosconfigFile.Merge(File, Ours);

        var text = System.IO.File.ReadAllText(File);
        Assert.Equal(text.Count(c => c == '\n'), text.Split("\r\n").Length - 1);
        Assert.Equal(["192.0.2.14", "192.0.2.15"], TalosconfigFile.Read(File).Single(c => c.Name == "kronform").Endpoints);
    }

    [Fact]
    public void The_same_edit_twice_is_the_same_file_once()
    {
        System.IO.File.WriteAllText(File, Existing());
        TalosconfigFile.Merge(File, Ours);
        var once = System.IO.File.ReadAllBytes(File);

        TalosconfigFile.Merge(File, Ours);

        Assert.Equal(once, System.IO.File.ReadAllBytes(File));
    }

    [Fact]
    public void Endpoints_that_lead_somewhere_survive_an_edit_that_brings_none()
    {
        System.IO.File.WriteAllText(File, Existing().Replace("127.0.0.1 # generated", "api.example # mine", StringComparison.Ordinal));

        TalosconfigFile.Merge(File, Ours with { Endpoints = [] });

        Assert.Equal(["api.example"], TalosconfigFile.Read(File).Single(c => c.Name == "kronform").Endpoints);
    }

    [Fact]
    public void A_context_of_another_cluster_keeps_its_name_and_ours_gets_a_number()
    {
        System.IO.File.WriteAllText(File, Existing());
        var other = Ours with { CaPem = Pem("CERTIFICATE", "another ca") };

        Assert.Equal("kronform-1", TalosconfigFile.Merge(File, other));
        Assert.Equal("kronform-1", TalosconfigFile.Merge(File, other));

        var lines = System.IO.File.ReadAllText(File).Split('\n').ToList();
        lines.RemoveRange(lines.IndexOf("    kronform-1:"), 7);
        Assert.Equal(Existing(), string.Join('\n', lines));
        Assert.Equal(["home", "kronform", "kronform-1"], TalosconfigFile.Read(File).Select(c => c.Name));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("context: \"\"\ncontexts: {}\n")]
    [InlineData("contexts:\ncontext: \n")]
    [InlineData("# mine\n---\nother: 1\n")]
    [InlineData("# only a comment")]
    public void A_file_without_contexts_gets_its_first_and_makes_it_the_current_one(string? before)
    {
        if (before is not null)
            System.IO.File.WriteAllText(File, before);

        TalosconfigFile.Merge(File, Ours with { Nodes = ["192.0.2.14"] });

        var context = Assert.Single(TalosconfigFile.Read(File));
        Assert.Equal(("kronform", Ours.CertificatePem), (context.Name, context.CertificatePem));
        Assert.Equal(["192.0.2.14"], context.Nodes);
        Assert.Contains("context: kronform\n", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
        if (before?.Contains("other", StringComparison.Ordinal) == true)
            Assert.Contains("other: 1", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("contexts: {kronform: {ca: \"\"}}\n")]
    [InlineData("contexts:\n    kronform: {endpoints: []}\n")]
    [InlineData("contexts: [a]\n")]
    public void What_cannot_be_edited_line_by_line_is_refused_and_stays(string text)
    {
        System.IO.File.WriteAllText(File, text);

        Assert.Throws<ConfigProblemsException>(() => TalosconfigFile.Merge(File, Ours));

        Assert.Equal(text, System.IO.File.ReadAllText(File));
        Assert.Equal([File], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Only_the_owner_can_read_the_file_and_a_link_stays_a_link()
    {
        System.IO.File.WriteAllText(File, Existing());
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        var link = Path.Combine(_folder, "link");
        System.IO.File.CreateSymbolicLink(link, "config");

        TalosconfigFile.Merge(link, Ours);

        Assert.Equal("config", new FileInfo(link).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Theory]
    [InlineData(null, null, "/home/me/.talos/config")]
    [InlineData(null, "/tmp/tc", "/tmp/tc")]
    [InlineData("mine", "/tmp/tc", "mine")]
    [InlineData(null, "", "/home/me/.talos/config")]
    public void The_file_is_looked_for_where_talosctl_looks(string? chosen, string? variable, string path)
    {
        Assert.Equal(path, TalosconfigPaths.Find(chosen, variable, "/home/me", _ => false));
        if (path.EndsWith(".talos/config", StringComparison.Ordinal))
            Assert.Equal("/var/run/secrets/talos.dev/config", TalosconfigPaths.Find(chosen, variable, "/home/me", f => f.StartsWith("/var", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.1:50000", false)]
    [InlineData("localhost", false)]
    [InlineData("[::1]:50000", false)]
    [InlineData("::1", false)]
    [InlineData("192.0.2.14", true)]
    [InlineData("cp.example:50000", true)]
    [InlineData("2001:db8::1", true)]
    public void An_endpoint_leads_somewhere_unless_it_is_this_machine(string endpoint, bool usable) =>
        Assert.Equal(usable, (Ours with { Endpoints = [endpoint] }).HasUsableEndpoints);

    [Fact]
    public void A_context_as_talosctl_makes_it_becomes_an_identity()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var key = SigningKey.CreateEd25519();
        using var certificate = ca.SignClientCertificate(key.PublicKey, TimeProvider.System, TimeSpan.FromDays(365));
        TalosconfigFile.Merge(File, new TalosContext("c", ["192.0.2.1"], [], ca.ExportCertificatePem(), certificate.ExportCertificatePem(), new Secret(key.ExportPem())));

        var context = TalosconfigFile.Read(File)[0];
        using var identity = TalosIdentity.FromPem(context.CaPem, context.CertificatePem, context.KeyPem.Reveal());

        Assert.Equal(["os:admin"], identity.Roles);
        Assert.NotNull(identity.OpenSsl);
        Assert.DoesNotContain(key.ExportPem().Split('\n')[1], context.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Existing() =>
        $"""
        # my clusters
        context: home
        contexts:
            home: # the one at home
                endpoints:
                    - 10.0.0.2
                    - 10.0.0.3
                ca: {Base64(Pem("CERTIFICATE", "home ca"))}
                crt: {Base64(Pem("CERTIFICATE", "home crt"))}
                key: {Base64(Pem("ED25519 PRIVATE KEY", "home key"))}
            kronform:
                endpoints:
                - 127.0.0.1 # generated
                target: old # nobody knows
                ca: {Base64(Ca)}
                crt: {Base64(Pem("CERTIFICATE", "old crt"))}
                key: {Base64(Pem("ED25519 PRIVATE KEY", "old key"))}
                auth:
                    siderov1:
                        identity: me@example.org

        # the end
        future: {"{ a: 1 }"}

        """.Replace("\r", "", StringComparison.Ordinal);

    private static string Pem(string label, string content) =>
        $"-----BEGIN {label}-----\n{Convert.ToBase64String(Encoding.ASCII.GetBytes(content))}\n-----END {label}-----\n";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
