using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs;

/// <summary>Takes the values out of the parsed documents of one machine config.</summary>
internal sealed class MachineConfigReader(ProblemList problems, YamlMap main, IEnumerable<YamlMap> others)
{
    /// <summary>Kinds whose <c>provisioning.diskSelector.match</c> chooses a disk for a volume.</summary>
    private static readonly HashSet<string> VolumeKinds =
        new(StringComparer.Ordinal) { "VolumeConfig", "UserVolumeConfig", "RawVolumeConfig", "SwapVolumeConfig", "ExistingVolumeConfig" };

    private readonly IReadOnlyList<YamlMap> _others = [.. others];

    public MachineConfig? Read(byte[] raw, string sha256)
    {
        var role = ReadRole();
        var hostname = ReadHostname();
        var endpoint = ReadEndpoint();
        var selector = ReadSelector();
        var match = ReadUnattendedMatch();
        var volumes = ReadVolumes();
        var cas = new MachineCaReader(problems);
        var ca = cas.Read(main);
        var accepted = cas.ReadAccepted(main);
        if (role is null || ca is null) return null;
        return new MachineConfig
        {
            File = problems.File,
            Raw = raw,
            Sha256 = sha256,
            Role = role.Value.Role,
            RoleText = role.Value.Text,
            Hostname = hostname,
            Endpoint = endpoint,
            InstallDisk = Text("machine", "install", "disk"),
            DiskSelector = selector,
            UnattendedMatch = match,
            InstallSection = ReadInstallSection(),
            Volumes = volumes,
            InstallImage = Text("machine", "install", "image")?.Value,
            CaCertificatePem = ca.CertificatePem,
            CaFingerprint = ca.Fingerprint,
            CaPosition = (ca.Place.Line, ca.Place.Column),
            CaFile = ca.Place.File,
            CaKeyPem = ca.KeyPem,
            AcceptedCas = accepted,
            CniName = Text("cluster", "network", "cni", "name")?.Value,
            WithoutKubeProxy = Text("cluster", "proxy", "disabled")?.Value == "true",
            ClusterId = Text("cluster", "id"),
            OtherKinds = [.. _others.Select(d => TextOf(d.Find("kind"), "kind")?.Value).OfType<string>()],
        };
    }

    private (NodeRole Role, ConfigText Text)? ReadRole()
    {
        if (Text("machine", "type") is not { } text)
        {
            if (main.FindPath("machine", "type") is null) Missing("machine.type", "write controlplane or worker", "machine");
            return null;
        }

        if (NodeRoles.TryParse(text.Value) is { } role) return (role, text);
        problems.Add(text, "machine.type", $"\"{text.Value}\" is not a machine type", "write controlplane or worker");
        return null;
    }

    private ConfigText? ReadHostname()
    {
        var inMain = Text("machine", "network", "hostname");
        var inDocument = Documents("HostnameConfig").Select(d => TextOf(d.Find("hostname"), "HostnameConfig.hostname")).FirstOrDefault(t => t is not null);
        if (inMain is not null && inDocument is not null)
            problems.Add(inDocument, "HostnameConfig.hostname",
                $"the host name is also set in line {inMain.Line} (machine.network.hostname)", "keep one of the two: Talos refuses both");
        return inDocument ?? inMain;
    }

    private ConfigText? ReadEndpoint()
    {
        var endpoint = Text("cluster", "controlPlane", "endpoint");
        if (endpoint is null && main.FindPath("cluster", "controlPlane", "endpoint") is null && !Documents("KubeClusterConfig").Any())
            Missing("cluster.controlPlane.endpoint", "write the cluster's endpoint as in provision.yaml", "cluster");
        return endpoint;
    }

    private Dictionary<string, ConfigText> ReadSelector()
    {
        var fields = new Dictionary<string, ConfigText>(StringComparer.Ordinal);
        var entry = main.FindPath("machine", "install", "diskSelector");
        if (entry?.Value is not YamlMap selector)
        {
            if (entry is not null and not { Value: YamlText { IsNull: true } })
                problems.Add(entry.Key, "machine.install.diskSelector", "is not a map", "write fields such as serial or size below it");
            return fields;
        }

        foreach (var field in selector.Entries)
        {
            if (TextOf(field, "machine.install.diskSelector." + field.Key.Value) is { } text) fields[field.Key.Value] = text;
        }

        return fields;
    }

    private ConfigText? ReadUnattendedMatch()
    {
        if (Documents("UnattendedInstallConfig").FirstOrDefault() is not { } document) return null;
        const string field = "UnattendedInstallConfig.provisioning.diskSelector.match";
        var entry = document.FindPath("provisioning", "diskSelector", "match");
        if (entry is null) problems.Add(document, field, "is missing", "write the expression that chooses the disk");
        return TextOf(entry, field);
    }

    private ConfigText? ReadInstallSection() => main.FindPath("machine", "install") is { } install && install.Value is not (YamlText { IsNull: true } or YamlMap { Entries.Count: 0 })
        ? At(install.Key, "") : null;

    private List<VolumeDocument> ReadVolumes()
    {
        var volumes = new List<VolumeDocument>();
        foreach (var document in _others)
        {
            if (document.Find("kind")?.Value is not YamlText kind || !VolumeKinds.Contains(kind.Value)) continue;
            var name = TextOf(document.Find("name"), $"{kind.Value}.name")?.Value ?? "";
            if (TextOf(document.FindPath("provisioning", "diskSelector", "match"), $"{kind.Value} {name}.provisioning.diskSelector.match") is { } match)
                volumes.Add(new VolumeDocument(kind.Value, name, match, TextOf(document.Find("volumeType"), $"{kind.Value}.volumeType")?.Value == "disk"));
        }

        return volumes;
    }

    private IEnumerable<YamlMap> Documents(string kind) => _others.Where(d => d.Find("kind")?.Value is YamlText text && text.Value == kind);

    private ConfigText? Text(params ReadOnlySpan<string> path) => TextOf(main.FindPath(path), string.Join('.', path!));

    /// <summary>Null when absent or empty, as Talos treats both alike; the position is the key's.</summary>
    private ConfigText? TextOf(YamlEntry? entry, string field)
    {
        if (entry is null) return null;
        if (entry.Value is YamlText text)
            return text.IsNull || text.Value.Length == 0 ? null : At(entry.Key, text.Value);
        problems.Add(entry.Key, field, "is not a single value", "correct the indentation below it");
        return null;
    }

    private ConfigText At(YamlText key, string value) => new(value, key.Line, key.Column) { File = key.File == problems.File ? null : key.File };

    private void Missing(string field, string remedy, string parent)
    {
        var at = main.Find(parent)?.Key;
        problems.Add((YamlNode?)at ?? main, field, "is missing", remedy);
    }
}
