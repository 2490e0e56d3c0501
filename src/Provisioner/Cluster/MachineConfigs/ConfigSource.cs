using System.Text;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster.MachineConfigs;

/// <summary>Opens one file of a machine config, decrypted when it is encrypted. A file shared by nodes is decrypted once.</summary>
internal sealed class ConfigSource(ClusterSpec cluster, TimeProvider time)
{
    private readonly SopsProgram _sops = new(cluster, time);
    private readonly Dictionary<string, byte[]> _decrypted = new(StringComparer.Ordinal);

    /// <returns>The bytes, and their documents with places in the file as it lies there.</returns>
    public async Task<(byte[] Raw, IReadOnlyList<YamlNode> Documents)> ReadAsync(string path, ProblemList problems, CancellationToken cancellation)
    {
        byte[] raw = await OpenAsync(path, cancellation);
        var documents = Parse(raw, problems);
        if (problems.Any || !documents.OfType<YamlMap>().Any(IsEncrypted)) return (raw, documents);

        if (!_decrypted.TryGetValue(path, out byte[]? plain)) _decrypted[path] = plain = await _sops.DecryptAsync(path, cancellation);
        // A syntax error would point into a text that nobody can see.
        var found = new ProblemList(path, FailureCode.MachineConfigInvalid);
        var opened = Parse(plain, found);
        if (found.Any) throw new ProvisionException(FailureCode.ConfigDecryption, $"Decrypting {path}: what sops returned is not YAML; nothing was touched", SopsProgram.Remedy(path));
        return (plain, YamlPlaces.From(opened, documents));
    }

    /// <summary>sops adds the map; Talos has no such key.</summary>
    private static bool IsEncrypted(YamlMap document) => document.Find("sops")?.Value is YamlMap;

    private static IReadOnlyList<YamlNode> Parse(byte[] raw, ProblemList problems) => YamlDocuments.Parse(Encoding.UTF8.GetString(raw).TrimStart('\uFEFF'), problems);

    private static async Task<byte[]> OpenAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            string what = Directory.Exists(path) ? "is a folder" : File.Exists(path) ? "cannot be read" : "does not exist";
            throw new ProvisionException(FailureCode.MachineConfigMissing, $"Reading the machine config {path}: the file {what}; nothing was touched",
                "Write it with talosctl gen config, or correct config or patches in provision.yaml.", error);
        }
    }
}
