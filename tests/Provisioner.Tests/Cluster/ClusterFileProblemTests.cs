using Kronform.Provision.Failures;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Cluster.ProvisionYaml;

namespace Kronform.Provision.Provisioner.Tests.Cluster;

public sealed class ClusterFileProblemTests
{
    /// <summary>What is replaced in the good file, by what, and the one line that comes of it.</summary>
    public static TheoryData<string, string, string> Faults { get; } = new()
    {
        { "role: controlplane", "role: controlplan", "provision.yaml:17:5 nodes.n4.role: \"controlplan\" is not a role; write controlplane or worker" },
        { "  name: kronform", "  nmae: kronform\n  name: kronform", "provision.yaml:2:3 cluster.nmae: is not a known key; did you mean name?" },
        { "  name: kronform", "  color: red\n  name: kronform", "provision.yaml:2:3 cluster.color: is not a known key; known here: endpoint, name, talosVersion, talosconfig" },
        { "  name: kronform\n", "", "provision.yaml:1:1 cluster.name: is missing; write the cluster's name" },
        { "name: kronform", "name: ''", "provision.yaml:2:3 cluster.name: is empty; write the cluster's name" },
        { "name: kronform", "name: [a, b]", "provision.yaml:2:3 cluster.name: is a list; write the cluster's name" },
        { "name: kronform", "name: FILL-ME-IN", "provision.yaml:2:3 cluster.name: is still to be filled in; write the cluster's name" },
        { "name: kronform", "name: kron form", "provision.yaml:2:3 cluster.name: \"kron form\" is not a name; use letters, digits, dots and dashes" },
        { "https://api.kronform.example:6443", "http://api.kronform.example:6443", "provision.yaml:3:3 cluster.endpoint: \"http://api.kronform.example:6443\" is not an https address; write the Kubernetes API as https://host:6443" },
        { "https://api.kronform.example:6443", "api.kronform.example", "provision.yaml:3:3 cluster.endpoint: \"api.kronform.example\" is not an https address; write the Kubernetes API as https://host:6443" },
        { "v1.13.9", "1.13", "provision.yaml:4:3 cluster.talosVersion: \"1.13\" is not a Talos version; write the release of the image, like v1.13.9" },
        { "robot:\n", "robot:\n  url: robot-ws.your-server.de\n", "provision.yaml:6:3 robot.url: \"robot-ws.your-server.de\" is not an http address; leave the key out to use https://robot-ws.your-server.de" },
        { "robot:\n", "robot:\n  url: https://u:geheim@robot.example\n", "provision.yaml:6:3 robot.url: holds a user name or password; move them to username and password, as env or file" },
        { "{ file: secrets/robot }", "geheim", "provision.yaml:7:3 robot.password: stands in the file itself, where secrets do not belong; write { env: HROBOT_PASSWORD } or { file: path }" },
        { "{ file: secrets/robot }", "{ env: HROBOT_PASSWORD, file: x }", "provision.yaml:7:3 robot.password: has both env and file; keep one of the two" },
        { "{ file: secrets/robot }", "{ }", "provision.yaml:7:3 robot.password: has neither env nor file; write { env: HROBOT_PASSWORD } or { file: path }" },
        { "{ file: secrets/robot }", "{ env: 'geheim!' }", "provision.yaml:7:15 robot.password.env: is not the name of an environment variable; write a name of letters, digits and underscores" },
        { "  password: { file: secrets/robot }\n", "", "provision.yaml:5:1 robot.password: is missing; write { env: HROBOT_PASSWORD } or { file: path }" },
        { "  privateKey: keys/id_ed25519", "  agent: true", "provision.yaml:9:3 ssh.agent: is true, but publicKey is missing; add publicKey: the .pub file that names which of the agent's keys to use" },
        { "  privateKey: keys/id_ed25519", "  agent: true\n  publicKey: k.pub\n  privateKey: k", "provision.yaml:11:3 ssh.privateKey: contradicts agent: true; keep one of the two" },
        { "  privateKey: keys/id_ed25519", "  publicKey: k.pub", "provision.yaml:8:1 ssh.privateKey: is missing; write the path of the private key, or agent: true with publicKey" },
        { "  privateKey: keys/id_ed25519", "  agent: yes\n  privateKey: k", "provision.yaml:9:3 ssh.agent: \"yes\" is neither true nor false; write true or false" },
        { "privateKey: keys/id_ed25519", "privateKey: |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    geheim", "provision.yaml:9:3 ssh.privateKey: holds a key instead of a path; write the key into a file of mode 600 and its path here" },
        { "url: https://github.com/siderolabs/talos/releases/download/v1.13.9/metal-amd64.raw.zst", "url: images/metal.zst", "provision.yaml:11:3 image.url: \"images/metal.zst\" is not an http address; write the image's http address; a local path goes into file" },
        { "image:\n", "image:\n  file: x.zst\n", "provision.yaml:11:3 image.file: contradicts url; keep one of the two" },
        { Digest, "abc", "provision.yaml:12:3 image.sha256: \"abc\" is not a SHA-256 (3 characters); write 64 hex digits (see https://github.com/siderolabs/talos/releases/download/v1.13.9/sha256sum.txt)" },
        { "server: 321", "server: n4", "provision.yaml:15:5 nodes.n4.server: \"n4\" is not a server number; write Robot's number of the server, as its web page and /server list it" },
        { "server: 322", "server: 321", "provision.yaml:22:5 nodes.n5.server: is also that of n4 (line 14); give each node its own" },
        { "    server: 321\n", "", "provision.yaml:14:3 nodes.n4.server: is missing; write Robot's number of the server" },
        { "10.77.0.14", "10.77.14", "provision.yaml:16:5 nodes.n4.address: \"10.77.14\" is not an IP address; write one like 10.77.0.14, or leave the key out to use Robot's main IPv4" },
        { "    role: worker", "    address: 10.77.0.14\n    role: worker", "provision.yaml:23:5 nodes.n5.address: is also that of n4 (line 14); give each node its own" },
        { "machineconfigs/n5.yaml", "./machineconfigs/n4.yaml", "provision.yaml:24:5 nodes.n5.config: is also that of n4 (line 14); give each node its own" },
        { "role: worker", "role: controlplane\n    bootstrap: true", "provision.yaml:24:5 nodes.n5.bootstrap: is true here and at n4 (line 14); mark one control plane only: a second bootstrap makes a second cluster" },
        { "    config: machineconfigs/n4.yaml\n", "", "provision.yaml:14:3 nodes.n4.config: is missing; write the path of the node's Talos machine config" },
        { "image:\n", "health: { requireNodeReady: maybe }\nimage:\n", "provision.yaml:10:11 health.requireNodeReady: \"maybe\" is neither true nor false; write true or false" },
        { "image:\n", "health: { requireNodeRedy: true }\nimage:\n", "provision.yaml:10:11 health.requireNodeRedy: is not a known key; did you mean requireNodeReady?" },
        { "image:\n", "health: true\nimage:\n", "provision.yaml:10:1 health: is a single value, not a map; write requireNodeReady: true or false below it, or leave the key out" },
        { "{ serial: S64KNX0T000001 }", "{ serial: a, wwid: b }", "provision.yaml:20:5 nodes.n4.disk: has both serial and wwid; keep one of the two" },
        { "{ serial: S64KNX0T000001 }", "{ }", "provision.yaml:20:5 nodes.n4.disk: has neither serial nor wwid; write { serial: … } or { wwid: … }, or leave the key out" },
        { "{ serial: S64KNX0T000001 }", "{ serial: S64* }", "provision.yaml:20:5 nodes.n4.disk: holds a pattern; write the complete value; patterns belong into the machine config's diskSelector" },
        { "{ serial: S64KNX0T000001 }", "/dev/sda", "provision.yaml:20:5 nodes.n4.disk: is a single value, not a map; write { serial: … } or { wwid: … }, or leave the key out" },
        { "  n5:", "  N_5:", "provision.yaml:21:3 nodes.N_5: is not a host name; use at most 63 lower-case letters, digits and dashes" },
        { "  n5:", "  n4:", "provision.yaml:21:3 n4: the key is written twice in one map, first in line 14; keep one of the two" },
        { "    server: 322", "\tserver: 322", "provision.yaml:22:1: the line is indented with a tab, which YAML forbids; indent with spaces" },
        { "name: kronform", "name: kron: form", "provision.yaml:2:13: not valid YAML: While scanning a plain scalar value, found invalid mapping; check indentation, quotes and colons there" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Each_fault_is_one_line_with_place_field_and_remedy(string piece, string replacement, string expected)
    {
        var error = Refusal(With(piece, replacement));

        Assert.Equal([expected], error.Problems.Select(p => p.ToString()));
        Assert.Equal(FailureCode.ConfigInvalid, error.Code);
        Assert.Equal("Reading provision.yaml: 1 problem\n  " + expected, error.Message);
        Assert.DoesNotContain("geheim", error.ToString());
    }

    [Fact]
    public void All_problems_are_told_at_once_in_the_order_of_the_file()
    {
        var error = Refusal(Good
            .Replace("v1.13.9\n", "latest\n", StringComparison.Ordinal)
            .Replace("role: worker", "role: etcd", StringComparison.Ordinal)
            .Replace("server: 321", "server: -1", StringComparison.Ordinal)
            .Replace("ssh:", "shh:", StringComparison.Ordinal));

        Assert.Equal("""
            Reading provision.yaml: 5 problems
              provision.yaml:1:1 ssh: is missing; add ssh with privateKey, or with agent: true and publicKey
              provision.yaml:4:3 cluster.talosVersion: "latest" is not a Talos version; write the release of the image, like v1.13.9
              provision.yaml:8:1 shh: is not a known key; did you mean ssh?
              provision.yaml:15:5 nodes.n4.server: "-1" is not a server number; write Robot's number of the server, as its web page and /server list it
              provision.yaml:23:5 nodes.n5.role: "etcd" is not a role; write controlplane or worker
            """, error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n...\n")]
    public void An_empty_file_says_how_to_begin(string text) =>
        Assert.Equal("provision.yaml:1:1: the file is empty; write a starter with: provision init", Assert.Single(Refusal(text).Problems).ToString());

    [Fact]
    public void A_file_that_is_no_map_or_has_two_documents_is_refused()
    {
        Assert.Equal("provision.yaml:1:1: the file is not a map of keys; write a starter with: provision init", Assert.Single(Refusal("- a\n- b\n").Problems).ToString());
        Assert.Equal("provision.yaml:26:1: a second YAML document begins here; keep one document", Assert.Single(Refusal(Good + "\n---\na: b\n").Problems).ToString());
    }

    [Fact]
    public void Missing_sections_are_all_named() =>
        Assert.Equal(
            [
                "provision.yaml:1:1 cluster: is missing; add cluster with name, endpoint and talosVersion",
                "provision.yaml:1:1 robot: is missing; add robot with username: { env: HROBOT_USERNAME } and password: { env: HROBOT_PASSWORD }",
                "provision.yaml:1:1 ssh: is missing; add ssh with privateKey, or with agent: true and publicKey",
                "provision.yaml:1:1 image: is missing; add image with source: github, or with file or url and sha256",
                "provision.yaml:1:1 nodes: is empty; add one entry for each server",
            ],
            Refusal("nodes: {}\n").Problems.Select(p => p.ToString()));

    [Fact]
    public void Bootstrap_on_a_worker_has_a_code_of_its_own_while_it_is_the_only_problem()
    {
        var text = With("    bootstrap: true\n", "").Replace("role: worker", "role: worker\n    bootstrap: true", StringComparison.Ordinal);
        var alone = Refusal(text);
        Assert.Equal(FailureCode.BootstrapRole, alone.Code);
        Assert.Equal("provision.yaml:23:5 nodes.n5.bootstrap: is true, but the node is a worker; mark a control plane instead", Assert.Single(alone.Problems).ToString());

        Assert.Equal(FailureCode.ConfigInvalid, Refusal(text.Replace("server: 321", "server: x", StringComparison.Ordinal)).Code);
    }

    [Fact]
    public void A_local_image_without_digest_says_which_command_gives_it() =>
        Assert.Equal("provision.yaml:10:1 image.sha256: is missing; write the SHA-256 of the file as downloaded (get it with: sha256sum talos.zst)",
            Assert.Single(Refusal(With("url: https://github.com/siderolabs/talos/releases/download/v1.13.9/metal-amd64.raw.zst\n  sha256: " + Digest, "file: talos.zst")).Problems).ToString());

    [Fact]
    public void A_factory_image_without_digest_says_how_to_compute_it() =>
        Assert.Contains("(get it with: curl -fL https://factory.talos.dev/image/x/v1.13.9/metal-amd64.raw.zst | sha256sum)",
            Assert.Single(Refusal(With("https://github.com/siderolabs/talos/releases/download/v1.13.9/metal-amd64.raw.zst", "https://factory.talos.dev/image/x/v1.13.9/metal-amd64.raw.zst")
                .Replace(Digest, "x", StringComparison.Ordinal)).Problems).ToString());

    [Fact]
    public void A_very_deep_file_is_refused_and_not_followed() =>
        Assert.Contains("the nesting is too deep", Refusal(string.Concat(Enumerable.Repeat("[", 5000))).Message);

    [Fact]
    public void An_alias_inside_its_own_anchor_is_refused() =>
        Assert.Contains("an alias names an anchor that is not complete here", Refusal("cluster: &a\n  name: *a\n").Message);
}
