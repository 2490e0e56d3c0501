using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.SampleConfig;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;

public sealed class MachineConfigReviewTests
{
    private const string Unattended = "---\napiVersion: v1alpha1\nkind: UnattendedInstallConfig\nprovisioning:\n  diskSelector:\n    match: disk.size < 1u * TB\n";
    private const string Install = "  install:\n    disk: none\n    diskSelector:\n      size: < 1TB\n    image: ghcr.io/siderolabs/installer:v1.13.9\n";

    private static readonly ClusterSpec Cluster = ProvisionYaml.Parse(ProvisionYaml.Good);

    private static MachineConfigReview Review(string text, string version = "v1.13.9", string node = "n4") =>
        MachineConfigReview.Of(Cluster with { TalosVersion = TalosVersion.TryParse(version)! }, Cluster.FindNode(node), Parse(text));

    [Fact]
    public void A_config_that_fits_has_neither_problems_nor_warnings()
    {
        var review = Review(Text);
        Assert.Empty(review.Problems);
        Assert.Empty(review.Warnings);
        review.ThrowIfAny("Checking n4");
    }

    [Fact]
    public void What_does_not_fit_is_told_all_at_once()
    {
        var review = Review(With("type: controlplane", "type: worker").Replace("api.kronform.example", "api.other.example", StringComparison.Ordinal));

        Assert.Equal(
            [
                "n4.yaml:3:3 machine.type: is worker, but provision.yaml says that n4 is a controlplane (line 14); correct one of the two",
                "n4.yaml:3:3 machine.ca.key: is in a worker's config, which Talos refuses; remove the key from the worker's config",
                "n4.yaml:19:5 cluster.controlPlane.endpoint: is https://api.other.example:6443/, but provision.yaml's cluster.endpoint is https://api.kronform.example:6443; correct one of the two",
            ],
            review.Problems.Select(p => p.ToString()));
        Assert.Equal(FailureCode.MachineConfigInvalid, Assert.Throws<ConfigProblemsException>(() => review.ThrowIfAny("Checking n4")).Code);
    }

    [Fact]
    public void A_control_plane_without_the_CA_key_cannot_be_talked_to() =>
        Assert.Equal("n4.yaml:3:3 machine.ca.key: is missing, and without it nothing can talk to the configured node; generate the control plane's config with its secrets",
            Assert.Single(Review(With(Ca.Key, "\"\"")).Problems).ToString());

    [Theory]
    [InlineData("hostname: n4", "hostname: n7", "n4.yaml:9:5 machine.network.hostname: is \"n7\", but the node is called n4 in provision.yaml; use one name")]
    [InlineData("hostname: n4", "other: 1", "n4.yaml:1:1 machine.network.hostname: sets no host name, so n4 will call itself otherwise; write hostname: n4")]
    [InlineData("hostname: n4", "hostname: n4.kronform.example", null)]
    public void Another_host_name_is_a_warning(string piece, string replacement, string? expected)
    {
        var review = Review(With(piece, replacement));
        Assert.Empty(review.Problems);
        Assert.Equal(expected, review.Warnings.SingleOrDefault()?.ToString());
    }

    [Fact]
    public void A_disk_must_be_named_somewhere_and_up_to_1_12_in_the_config_itself()
    {
        var without = With(Install, "");
        Assert.Empty(Review(without).Problems);
        Assert.Equal("n4.yaml:3:3 machine.install: nothing says which disk Talos belongs on; write machine.install.diskSelector, best with serial",
            Assert.Single(Review(without, "v1.12.4").Problems).ToString());
        Assert.Contains(Review(without, node: "n5").Problems, p => p.Field == "machine.install");
    }

    [Fact]
    public void An_unattended_install_needs_1_14_and_stands_alone()
    {
        Assert.Empty(Review(With(Install, "") + Unattended, "v1.14.0").Problems);
        Assert.Equal("is not known to Talos v1.13.9", Assert.Single(Review(With(Install, "") + Unattended).Problems).Message);
        Assert.Equal("is refused by Talos beside an UnattendedInstallConfig document", Assert.Single(Review(Text + Unattended, "v1.14.0").Problems).Message);
        // Any machine.install counts, not just one that names a disk.
        Assert.Equal("n4.yaml:10:3 machine.install: is refused by Talos beside an UnattendedInstallConfig document; keep one of the two",
            Assert.Single(Review(With(Install, "  install:\n    image: ghcr.io/siderolabs/installer:v1.14.0\n") + Unattended, "v1.14.0").Problems).ToString());
        Assert.Empty(Review(With(Install, "  install: {}\n") + Unattended, "v1.14.0").Problems);
    }

    [Fact]
    public void Two_nodes_of_one_name_or_of_two_clusters_are_refused()
    {
        var (n4, n5) = (Cluster.FindNode("n4"), Cluster.FindNode("n5"));
        var other = NewCa();
        var same = Parse(With("hostname: n4", "hostname: n5"));
        Assert.Empty(MachineConfigReview.OfAll([(n4, Parse(Text)), (n5, same)]).Problems);
        Assert.Equal("n4.yaml:9:5 machine.network.hostname: \"n4\" is also the host name of n4 (n4.yaml:9); give each node its own",
            Assert.Single(MachineConfigReview.OfAll([(n4, Parse(Text)), (n5, Parse(Text))]).Problems).ToString());
        Assert.Equal("n4.yaml:6:5 machine.ca.crt: n5 has another Talos CA than n4 (n4.yaml): they belong to two clusters; generate both from the same secrets",
            Assert.Single(MachineConfigReview.OfAll([(n4, Parse(Text)), (n5, Parse(With(Ca.Crt, other.Crt).Replace("hostname: n4", "hostname: n5", StringComparison.Ordinal)))]).Problems).ToString());
        Assert.Equal("cluster.id", Assert.Single(MachineConfigReview.OfAll([(n4, Parse(Text)),
            (n5, Parse(With("hostname: n4", "hostname: n5").Replace("Y2x1c3Rlci1pZA==", "b3RoZXI=", StringComparison.Ordinal)))]).Problems).Field);
    }
}
