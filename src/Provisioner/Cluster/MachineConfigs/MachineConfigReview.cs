using Kronform.Provision.Cluster.MachineConfigs.Validation;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster.MachineConfigs;

/// <summary>What does not fit between provision.yaml and machine configs. Problems stop a run, warnings are only told.</summary>
public sealed record MachineConfigReview(IReadOnlyList<ConfigProblem> Problems, IReadOnlyList<ConfigProblem> Warnings)
{
    /// <summary>One node's config against provision.yaml.</summary>
    public static MachineConfigReview Of(ClusterSpec cluster, NodeSpec node, MachineConfig config)
    {
        var problems = new ProblemList(config.File, FailureCode.MachineConfigInvalid);
        var warnings = new ProblemList(config.File, FailureCode.MachineConfigInvalid);
        CheckRole(node, config, problems);
        CheckEndpoint(cluster, config, problems, warnings);
        CheckCaKey(config, problems);
        TellAcceptedCas(config, warnings);
        CheckHostname(node, config, warnings);
        CheckDisk(cluster.TalosVersion, node, config, problems);
        ConfigRules.Check(config, cluster.TalosVersion, problems, warnings);
        foreach (var warning in config.PatchWarnings) warnings.Add(warning);
        return new MachineConfigReview(problems.InFileOrder(), warnings.InFileOrder());
    }

    /// <summary>The configs of several nodes against each other: one cluster, and no two nodes of one name.</summary>
    public static MachineConfigReview OfAll(IReadOnlyList<(NodeSpec Node, MachineConfig Config)> configs)
    {
        var problems = new List<ConfigProblem>();
        foreach (var (index, (node, config)) in configs.Index())
        {
            var earlier = configs.Take(index);
            if (config.Hostname is { } hostname && earlier.FirstOrDefault(e => e.Config.Hostname?.Value == hostname.Value) is { Config: not null } namesake)
                problems.Add(Problem(config, hostname, "machine.network.hostname",
                    $"\"{hostname.Value}\" is also the host name of {namesake.Node.Name} ({namesake.Config.Hostname!.File ?? namesake.Config.File}:{namesake.Config.Hostname.Line})",
                    "give each node its own"));

            var first = configs[0];
            // While a CA is being replaced two configs may have another one each, and accept the other's.
            if (!config.CaFingerprints.Intersect(first.Config.CaFingerprints).Any())
                problems.Add(Problem(config, At(config), "machine.ca.crt",
                    $"{node.Name} has another Talos CA than {first.Node.Name} ({first.Config.File}): they belong to two clusters",
                    "generate both from the same secrets"));
            else if (config.ClusterId is { } id && first.Config.ClusterId is { } firstId && id.Value != firstId.Value)
                problems.Add(Problem(config, id, "cluster.id",
                    $"{node.Name} has another cluster id than {first.Node.Name} ({first.Config.File})", "generate both from the same secrets"));
        }

        return new MachineConfigReview(problems, []);
    }

    /// <exception cref="ConfigProblemsException">When there is a problem.</exception>
    public void ThrowIfAny(string attempt)
    {
        if (Problems.Count > 0) throw new ConfigProblemsException(attempt, Problems);
    }

    private static void CheckRole(NodeSpec node, MachineConfig config, ProblemList problems)
    {
        if (config.Role != node.Role)
            problems.Add(config.RoleText, "machine.type",
                $"is {config.Role.Spelling()}, but provision.yaml says that {node.Name} is a {node.Role.Spelling()} (line {node.Line})",
                "correct one of the two");
    }

    private static void CheckEndpoint(ClusterSpec cluster, MachineConfig config, ProblemList problems, ProblemList warnings)
    {
        if (config.Endpoint is not { } endpoint)
            warnings.Add(1, 1, "cluster.controlPlane.endpoint", "is not in the main document, so it was not compared with provision.yaml", "");
        else if (!Uri.TryCreate(endpoint.Value, UriKind.Absolute, out var address))
            problems.Add(endpoint, "cluster.controlPlane.endpoint", $"\"{endpoint.Value}\" is not an address", $"write {cluster.Endpoint.OriginalString}");
        else if (Uri.Compare(address, cluster.Endpoint, UriComponents.SchemeAndServer | UriComponents.StrongPort, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) != 0)
            problems.Add(endpoint, "cluster.controlPlane.endpoint",
                $"is {endpoint.Value}, but provision.yaml's cluster.endpoint is {cluster.Endpoint.OriginalString}", "correct one of the two");
    }

    private static void CheckCaKey(MachineConfig config, ProblemList problems)
    {
        if (config.Role == NodeRole.ControlPlane && config.CaKeyPem is null)
            problems.Add(config.RoleText, "machine.ca.key",
                "is missing, and without it nothing can talk to the configured node", "generate the control plane's config with its secrets");
        if (config.Role == NodeRole.Worker && config.CaKeyPem is not null)
            problems.Add(config.RoleText, "machine.ca.key",
                "is in a worker's config, which Talos refuses", "remove the key from the worker's config");
    }

    private static void TellAcceptedCas(MachineConfig config, ProblemList warnings)
    {
        foreach (var accepted in config.AcceptedCas.Where(a => a.Fingerprint != config.CaFingerprint))
            warnings.Add(accepted.Place, "machine.acceptedCAs", $"makes a second Talos CA trusted (sha256 {accepted.Fingerprint[..16]}…), by the nodes and by this program", "remove it when the replacement of the CA is done");
    }

    private static void CheckHostname(NodeSpec node, MachineConfig config, ProblemList warnings)
    {
        if (config.Hostname is not { } hostname)
            warnings.Add(1, 1, "machine.network.hostname", $"sets no host name, so {node.Name} will call itself otherwise", $"write hostname: {node.Name}");
        else if (hostname.Value != node.Name && !hostname.Value.StartsWith(node.Name + ".", StringComparison.Ordinal))
            warnings.Add(hostname, "machine.network.hostname", $"is \"{hostname.Value}\", but the node is called {node.Name} in provision.yaml", "use one name");
    }

    private static void CheckDisk(TalosVersion version, NodeSpec node, MachineConfig config, ProblemList problems)
    {
        var inInstall = config.InstallDisk is not null || config.DiskSelector.Count > 0;
        var at = config.InstallDisk ?? config.DiskSelector.Values.FirstOrDefault() ?? config.UnattendedMatch ?? config.RoleText;
        if (config.UnattendedMatch is { } match && !version.IsAtLeast(1, 14))
            problems.Add(match, "UnattendedInstallConfig", $"is not known to Talos {version}", "use machine.install.diskSelector, or Talos 1.14");
        else if (config.UnattendedMatch is not null && config.InstallSection is { } install)
            problems.Add(install, "machine.install", "is refused by Talos beside an UnattendedInstallConfig document", "keep one of the two");

        // Up to 1.12 Talos refuses a metal config without it; later it is this program that still needs to be told.
        if (!inInstall && config.UnattendedMatch is null && (node.Disk is null || !version.IsAtLeast(1, 13)))
            problems.Add(at, "machine.install", "nothing says which disk Talos belongs on", "write machine.install.diskSelector, best with serial");
    }

    private static ConfigText At(MachineConfig config) => new("", config.CaPosition.Line, config.CaPosition.Column) { File = config.CaFile };

    private static ConfigProblem Problem(MachineConfig config, ConfigText at, string field, string message, string remedy) =>
        new(at.File ?? config.File, at.Line, at.Column, field, message, remedy) { Code = FailureCode.MachineConfigInvalid };
}
