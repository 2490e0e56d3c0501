using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Cluster.ProvisionYaml;

namespace Kronform.Provision.Provisioner.Tests.Cluster;

public sealed class ClusterFileTests
{
    [Fact]
    public void A_correct_file_becomes_records_with_defaults_filled_in()
    {
        var spec = ClusterFile.Parse(Good, "etc/provision.yaml");

        Assert.Equal("kronform", spec.Name);
        Assert.Equal(new Uri("https://api.kronform.example:6443"), spec.Endpoint);
        Assert.Equal(new TalosVersion(1, 13, 9), spec.TalosVersion);
        Assert.Equal("https://robot-ws.your-server.de", spec.Robot.Url.OriginalString);
        Assert.Equal(new SecretReference("the Robot user name", "HROBOT_USERNAME", null), spec.Robot.Username);
        Assert.Equal(new SecretReference("the Robot password", null, "etc/secrets/robot"), spec.Robot.Password);
        Assert.Equal("etc/keys/id_ed25519", spec.Ssh.PrivateKeyFile);
        Assert.Equal("etc/keys/id_ed25519.pub", spec.Ssh.PublicKeyFile);
        Assert.Equal(Digest, spec.Image.Sha256);
        Assert.Null(spec.Image.File);

        Assert.Equal(["n4", "n5"], spec.Nodes.Select(n => n.Name));
        var n4 = spec.FindNode("n4");
        Assert.Equal(321, n4.ServerNumber);
        Assert.Equal(IPAddress.Parse("10.77.0.14"), n4.Address);
        Assert.Equal(NodeRole.ControlPlane, n4.Role);
        Assert.Equal("etc/machineconfigs/n4.yaml", n4.ConfigPath);
        Assert.Equal("S64KNX0T000001", n4.Disk!.Serial);
        Assert.Equal(n4, spec.BootstrapNode);
        var n5 = spec.FindNode("n5");
        Assert.Equal(NodeRole.Worker, n5.Role);
        Assert.Null(n5.Address);
        Assert.False(n5.Bootstrap);
        Assert.Null(n5.Disk);
    }

    [Theory]
    [InlineData("talosconfig", "etc/talosconfig")]
    [InlineData("/root/.talos/config", "/root/.talos/config")]
    public void A_talosconfig_is_optional_and_relative_to_the_file(string written, string path)
    {
        Assert.Null(ClusterFile.Parse(Good, "etc/provision.yaml").Talosconfig);
        var yaml = Good.Replace("  talosVersion:", $"  talosconfig: {written}\n  talosVersion:", StringComparison.Ordinal);
        Assert.Equal(path, ClusterFile.Parse(yaml, "etc/provision.yaml").Talosconfig);
    }

    [Fact]
    public void A_key_in_the_home_folder_and_one_in_the_agent_are_understood()
    {
        var home = Parse(With("privateKey: keys/id_ed25519", "privateKey: ~/.ssh/id_ed25519"));
        Assert.Equal(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh/id_ed25519"), home.Ssh.PrivateKeyFile);

        var agent = Parse(With("privateKey: keys/id_ed25519", "agent: true\n  publicKey: keys/id.pub"));
        Assert.Null(agent.Ssh.PrivateKeyFile);
        Assert.Equal("keys/id.pub", agent.Ssh.PublicKeyFile);
    }

    [Fact]
    public void Anchors_and_aliases_are_followed()
    {
        var spec = Parse(With("username: { env: HROBOT_USERNAME }", "username: &user { env: HROBOT_BOTH }").Replace("{ file: secrets/robot }", "*user", StringComparison.Ordinal));
        Assert.Equal("HROBOT_BOTH", spec.Robot.Password.EnvironmentVariable);
    }

    [Fact]
    public void A_cluster_that_runs_already_needs_no_bootstrap_mark() =>
        Assert.Null(Parse(With("    bootstrap: true\n", "")).BootstrapNode);

    [Fact]
    public void An_unknown_node_is_refused_with_the_names_that_are_known()
    {
        var spec = Parse(Good);

        var error = Assert.Throws<ProvisionException>(() => spec.FindNode("n44"));
        Assert.Equal(FailureCode.UnknownNode, error.Code);
        Assert.Equal("provision.yaml has no node \"n44\"; it has n4, n5. Nothing was touched", error.Message);
        Assert.Equal("Did you mean n4?", error.Remedy);
        Assert.Equal("Add frankfurt under nodes, or name one that is there.", Assert.Throws<ProvisionException>(() => spec.FindNode("frankfurt")).Remedy);
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_problem_of_its_own()
    {
        var path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"), "provision.yaml");
        var error = Assert.Throws<ConfigProblemsException>(() => ClusterFile.Load(path));
        Assert.Equal($"{path}:1:1: the file does not exist; name it with --file, or write a starter with: provision init", Assert.Single(error.Problems).ToString());
        Assert.IsAssignableFrom<IOException>(error.InnerException);
    }
}
