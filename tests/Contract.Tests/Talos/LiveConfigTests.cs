using System.Text;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>The config a node runs with, asked over mutual TLS.</summary>
public sealed class LiveConfigTests
{
    [Theory]
    [InlineData("v1.9.6")]
    [InlineData("v1.13.9")]
    public async Task A_configured_node_tells_the_config_it_was_given(string release)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1);
        using var node = await cluster.ConfigureAsync(1);
        var config = await node.MachineConfigAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Encoding.UTF8.GetString(cluster.Config(1)), config!.Reveal());
        Assert.Equal("(hidden)", config.ToString());
    }
}
