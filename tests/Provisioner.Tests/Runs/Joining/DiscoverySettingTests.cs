using System.Text;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Runs.Joining;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Joining;

public sealed class DiscoverySettingTests
{
    [Theory]
    [InlineData("version: v1alpha1\ncluster:\n  discovery:\n    enabled: true\n", true)]
    [InlineData("version: v1alpha1\ncluster:\n  discovery:\n    enabled: false\n", false)]
    [InlineData("version: v1alpha1\ncluster:\n  discovery: {}\n", false)]
    [InlineData("version: v1alpha1\nmachine: {}\n", false)]
    [InlineData("apiVersion: v1alpha1\nkind: HostnameConfig\n---\nversion: v1alpha1\ncluster: { discovery: { enabled: true } }\n", true)]
    [InlineData("version: v1alpha1\nmachine: {}\n---\napiVersion: v1alpha1\nkind: DiscoveryServiceConfig\nendpoint: https://discovery.talos.dev/\n", true)]
    public void It_is_on_where_the_main_document_or_one_of_its_own_says_so(string yaml, bool expected) => Assert.Equal(expected, DiscoverySetting.IsOn(new MachineConfig
    {
        File = "n1.yaml", Raw = Encoding.UTF8.GetBytes(yaml), Sha256 = "", Role = NodeRole.ControlPlane, RoleText = new ConfigText("controlplane", 1, 1),
        CaCertificatePem = "", CaFingerprint = "", CaPosition = (1, 1),
    }));
}
