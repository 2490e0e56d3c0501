using System.Text.RegularExpressions;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Validation;

/// <summary>What Talos refuses of the main document, as far as it can be judged without its structs (Talos source, v1alpha1_validation.go).</summary>
internal static partial class FieldRules
{
    /// <param name="Field">Shown; also where it is looked for.</param>
    /// <param name="Offence">The entry that breaks the rule, or null.</param>
    private sealed record Rule(string Field, Func<ReviewedConfig, string, YamlEntry?> Offence, string Message, string Remedy);

    private static readonly Rule[] Rules =
    [
        new("version", (c, f) => c.Text(f) is { } text && text != "v1alpha1" ? c.Find(f) : null, "is not v1alpha1", "write version: v1alpha1"),
        new("persist", (c, f) => c.Text(f) == "false" ? c.Find(f) : null, "is false, and Talos keeps every config", "write true, or leave the key out"),
        new("machine.acceptedCAs", (c, f) => c.Version.IsAtLeast(1, 7) ? null : c.Find(f), "is known from Talos 1.7 on", "remove it, or name a newer Talos in cluster.talosVersion"),
        new("cluster.acceptedCAs", (c, f) => c.Version.IsAtLeast(1, 7) ? null : c.Find(f), "is known from Talos 1.7 on", "remove it, or name a newer Talos in cluster.talosVersion"),
        new("cluster.ca.key", OnWorker, "is in a worker's config, which Talos refuses", "remove the key from the worker's config"),
        new("cluster.etcd", OnWorkerEvenEmpty, "is in a worker's config; etcd runs on control planes only", "remove it from the worker's config"),
        new("machine.features.kubernetesTalosAPIAccess.enabled", (c, f) => c.IsWorker && c.IsTrue(f) ? c.Find(f) : null, "is on in a worker's config; only control planes can give access", "remove it from the worker's config"),
        new("machine.features.hostDNS.forwardKubeDNSToHost", (c, f) => c.IsTrue(f) && !c.IsTrue("machine.features.hostDNS.enabled") && !c.OfKind("ResolverConfig").Any() ? c.Find(f) : null, "needs machine.features.hostDNS.enabled", "write enabled: true beside it"),
        new("machine.install.extraKernelArgs", (c, f) => c.Find(f) is { Value: YamlList { Items.Count: > 0 } } entry && c.IsTrue("machine.install.grubUseUKICmdline") ? entry : null, "cannot be used with grubUseUKICmdline", "put the arguments into the image's schematic, or write grubUseUKICmdline: false"),
        new("cluster.network.dnsDomain", (c, f) => c.Text(f) is { } text && !DnsName().IsMatch(text) ? c.Find(f) : null, "is not a DNS name", "write one like cluster.local"),
        new("cluster.network.cni.name", (c, f) => c.Text(f) is { } text && text is not ("flannel" or "custom" or "none") ? c.Find(f) : null, "is not a CNI that Talos knows", "write flannel, custom or none"),
        new("cluster.network.cni.urls", (c, f) => c.Text("cluster.network.cni.name") != "custom" && c.Find(f) is { Value: YamlList { Items.Count: > 0 } } entry ? entry : null, "only goes with name: custom", "write name: custom, or remove urls"),
        new("cluster.discovery.enabled", (c, f) => UsesDiscoveryService(c) && c.Find("cluster.id") is null ? c.Find(f) : null, "needs cluster.id for the discovery service", "write cluster.id as talosctl gen config does, or disable the service registry"),
        new("cluster.discovery.enabled", (c, f) => UsesDiscoveryService(c) && c.Find("cluster.secret") is null ? c.Find(f) : null, "needs cluster.secret for the discovery service", "write cluster.secret as talosctl gen config does, or disable the service registry"),
        new("machine.network.hostname", (c, f) => c.Text(f) is { } text && !IsHostname(text) ? c.Find(f) : null, "is not a host name", "use at most 63 letters, digits and dashes before the first dot, and 253 characters in all"),
    ];

    public static void Check(ReviewedConfig config, ProblemList problems)
    {
        foreach (var rule in Rules)
        {
            if (rule.Offence(config, rule.Field) is { } entry) problems.Add(entry.Key, rule.Field, rule.Message, rule.Remedy);
        }
    }

    /// <summary>The label before the first dot is the node's name in Kubernetes, where it must be one of DNS.</summary>
    public static bool IsHostname(string text) => text.Length <= 253 && Label().IsMatch(text.Split('.')[0]);

    private static YamlEntry? OnWorker(ReviewedConfig config, string field) => config.IsWorker ? config.Find(field) : null;

    private static YamlEntry? OnWorkerEvenEmpty(ReviewedConfig config, string field) =>
        config.IsWorker && config.Main.FindPath(field.Split('.')) is { Value: not YamlText { IsNull: true } } entry ? entry : null;

    private static bool UsesDiscoveryService(ReviewedConfig config) =>
        config.IsTrue("cluster.discovery.enabled") && !config.IsTrue("cluster.discovery.registries.service.disabled") && !config.OfKind("DiscoveryIdentityConfig").Any();

    [GeneratedRegex(@"^([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?)(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?)*\.?\z")]
    private static partial Regex DnsName();

    [GeneratedRegex(@"^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\z")]
    private static partial Regex Label();
}
