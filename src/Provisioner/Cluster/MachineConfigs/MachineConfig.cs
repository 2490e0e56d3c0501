using Kronform.Provision.Cluster.MachineConfigs.Rendering;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster.MachineConfigs;

/// <summary>
/// What provisioning needs from a node's Talos machine config, and the file's bytes as they will be sent. The bytes and the CA
/// key are secret; nothing of them is in <see cref="ToString"/> or in any message.
/// </summary>
public sealed record MachineConfig
{
    /// <summary>Path of the file, or of the base that was patched, as given.</summary>
    public required string File { get; init; }

    /// <summary>The bytes that the node gets: the file as it is, decrypted, or with its patches merged. Secret.</summary>
    public required ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>SHA-256 of <see cref="Raw"/>, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    public required NodeRole Role { get; init; }

    public required ConfigText RoleText { get; init; }

    /// <summary>From <c>machine.network.hostname</c> or a HostnameConfig document; null when Talos makes one up.</summary>
    public ConfigText? Hostname { get; init; }

    /// <summary><c>cluster.controlPlane.endpoint</c>; null only where a KubeClusterConfig document may hold it.</summary>
    public ConfigText? Endpoint { get; init; }

    /// <summary><c>machine.install.disk</c>.</summary>
    public ConfigText? InstallDisk { get; init; }

    /// <summary>The fields of <c>machine.install.diskSelector</c> by name, as written.</summary>
    public IReadOnlyDictionary<string, ConfigText> DiskSelector { get; init; } = new Dictionary<string, ConfigText>();

    /// <summary>The expression of an UnattendedInstallConfig document (Talos 1.14 and later).</summary>
    public ConfigText? UnattendedMatch { get; init; }

    /// <summary>Where <c>machine.install</c> begins; null when it is absent or empty. The value says nothing.</summary>
    public ConfigText? InstallSection { get; init; }

    /// <summary>Documents that choose a disk for a volume, in file order.</summary>
    public IReadOnlyList<VolumeDocument> Volumes { get; init; } = [];

    /// <summary><c>machine.install.image</c>: what a later upgrade would use.</summary>
    public string? InstallImage { get; init; }

    /// <summary>Certificate of the Talos API's CA.</summary>
    public required string CaCertificatePem { get; init; }

    /// <summary>SHA-256 of the CA certificate, lower-case hex.</summary>
    public required string CaFingerprint { get; init; }

    /// <summary>Where the certificate stands.</summary>
    public required (int Line, int Column) CaPosition { get; init; }

    /// <summary>The file, when it is not <see cref="File"/>.</summary>
    public string? CaFile { get; init; }

    /// <summary>CAs of the Talos API that are trusted besides, while one replaces the other (<c>machine.acceptedCAs</c>, Talos 1.7 and later).</summary>
    public IReadOnlyList<AcceptedCa> AcceptedCas { get; init; } = [];

    /// <summary>Of the CA and the accepted ones.</summary>
    public IEnumerable<string> CaFingerprints => AcceptedCas.Select(a => a.Fingerprint).Prepend(CaFingerprint).Distinct();

    /// <summary>Private key of the Talos API's CA as PEM; null in a worker's config.</summary>
    public Secret? CaKeyPem { get; init; }

    /// <summary><c>cluster.network.cni.name</c>; null means Talos's default, flannel.</summary>
    public string? CniName { get; init; }

    /// <summary><c>cluster.proxy.disabled</c>: something else does what kube-proxy would.</summary>
    public bool WithoutKubeProxy { get; init; }

    public ConfigText? ClusterId { get; init; }

    /// <summary>The kinds of the documents besides the main one, in file order.</summary>
    public IReadOnlyList<string> OtherKinds { get; init; } = [];

    /// <summary>The patches that were merged into <see cref="File"/>, in their order.</summary>
    public IReadOnlyList<string> Patches { get; init; } = [];

    /// <summary>What merging the patches had to say without refusing.</summary>
    public IReadOnlyList<ConfigProblem> PatchWarnings { get; init; } = [];

    /// <summary>The parsed documents behind <see cref="Raw"/>, for checks of single fields. Secret.</summary>
    internal IReadOnlyList<Yaml.YamlMap> Documents { get; init; } = [];

    /// <summary><see cref="Raw"/> as text. Secret.</summary>
    internal string Text() => System.Text.Encoding.UTF8.GetString(Raw.Span);

    /// <summary>
    /// A text that somebody wrote who has seen this config, without its secrets: those the config is known to hold, whatever they
    /// look like, and then everything that looks like one.
    /// </summary>
    public string Redact(string text)
    {
        // A value of one or two letters says nothing, and hiding it would spoil every word.
        foreach (string secret in Masking.Secrets(Documents).Where(s => s.Length > 2)) text = text.Replace(secret, "(hidden)", StringComparison.Ordinal);
        return Redaction.Of(text);
    }

    public override string ToString() => $"{File} (sha256 {Sha256}, hidden)";
}

/// <param name="Pem">One certificate.</param>
/// <param name="Fingerprint">SHA-256 of the certificate, lower-case hex.</param>
/// <param name="Place">Of the list's element; the value says nothing.</param>
public sealed record AcceptedCa(string Pem, string Fingerprint, ConfigText Place);

/// <summary>A value and where it stands.</summary>
public sealed record ConfigText(string Value, int Line, int Column)
{
    /// <summary>The file, when it is not the config's own; a value can come from a patch.</summary>
    public string? File { get; init; }
}
