using System.Text;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Runs.Joining;

/// <summary><c>cluster.discovery.enabled</c> of a machine config, or a DiscoveryServiceConfig document (Talos 1.14 and later), which says how a joining node finds the others.</summary>
public static class DiscoverySetting
{
    /// <summary>False unless it is switched on: Talos's generated configs write it out.</summary>
    public static bool IsOn(MachineConfig config)
    {
        var problems = new ProblemList(config.File, FailureCode.MachineConfigInvalid);
        var documents = YamlDocuments.Parse(Encoding.UTF8.GetString(config.Raw.Span), problems).OfType<YamlMap>().ToList();
        if (documents.Exists(d => d.Find("kind")?.Value is YamlText { Value: "DiscoveryServiceConfig" })) return true;
        var main = documents.Find(m => m.Find("kind") is null);
        return main?.FindPath("cluster", "discovery", "enabled")?.Value is YamlText { Value: "true" };
    }
}
