using Kronform.Provision.Cluster.Kubeconfigs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.Kubeconfigs;

/// <summary>As kubectl chooses the file it writes to.</summary>
public sealed class KubeconfigPathsTests
{
    [Theory]
    [InlineData(null, null, "/home/op/.kube/config")]
    [InlineData(null, "", "/home/op/.kube/config")]
    [InlineData(null, "/new", "/new")]
    [InlineData(null, "/there/1", "/there/1")]
    [InlineData(null, "/new:/there/1:/there/2", "/there/1")]
    [InlineData(null, "/new:/newer", "/newer")]
    [InlineData(null, ":/there/2:", "/there/2")]
    [InlineData(null, ":", "/home/op/.kube/config")]
    [InlineData("/chosen", "/there/1", "/chosen")]
    public void The_command_line_then_the_first_of_the_list_that_exists_else_its_last_then_the_home_folder(string? chosen, string? variable, string expected) =>
        Assert.Equal(expected, KubeconfigPaths.Find(chosen, variable, "/home/op", path => path.StartsWith("/there/", StringComparison.Ordinal)));
}
