using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Validation;

/// <summary>Rules of <c>machine.network.interfaces</c>.</summary>
internal static class InterfaceRules
{
    private const string Field = "machine.network.interfaces";

    public static void Check(ReviewedConfig config, ProblemList problems)
    {
        foreach (var device in config.Items(Field))
        {
            bool named = Has(device, "interface"), selected = Has(device, "deviceSelector");
            if (named && selected) problems.Add(device, Field, "has both interface and deviceSelector", "keep one of the two");
            if (!named && !selected) problems.Add(device, Field, "has neither interface nor deviceSelector", "write which network card it is");
            if (Has(device, "bond") && Has(device, "bridge")) problems.Add(device, Field, "is both a bond and a bridge", "keep one of the two");
            if (Has(device, "cidr") && Has(device, "addresses")) problems.Add(device, Field, "has both cidr and addresses", "move cidr into addresses");
            if (!config.IsWorker) continue;
            var vlans = (device.Find("vlans")?.Value as YamlList)?.Items.OfType<YamlMap>() ?? [];
            foreach (var shared in vlans.Prepend(device).Select(d => d.Find("vip")).Where(v => v is not null && !ReviewedConfig.IsEmpty(v.Value)))
                problems.Add(shared!.Key, $"{Field}.vip", "is in a worker's config; only control planes can hold the shared address", "remove it from the worker's config");
        }
    }

    private static bool Has(YamlMap device, string key) => device.Find(key) is { } entry && !ReviewedConfig.IsEmpty(entry.Value);
}
