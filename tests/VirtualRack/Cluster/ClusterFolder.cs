using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Talos.Pki;

namespace Kronform.Provision.VirtualRack.Cluster;

/// <summary>What the operator's folder for a rack says of one node.</summary>
/// <param name="InstallYaml">The <c>machine.install</c> section's lines, unindented.</param>
public sealed record ClusterNode(string Name, int Server, string Address, string Role, bool Bootstrap, string InstallYaml);

/// <summary>
/// Writes what an operator keeps in git for a cluster, with fresh secrets: provision.yaml, a machine config per node, an SSH
/// key, the Robot password in a file. Everything belongs to one rack and is thrown away with it.
/// </summary>
public sealed record ClusterFolder(string Path)
{
    public string ProvisionYaml => System.IO.Path.Combine(Path, "provision.yaml");

    public string SshKey => System.IO.Path.Combine(Path, "id_ed25519");

    public static async Task<ClusterFolder> WriteAsync(ClusterFolderOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var folder = new ClusterFolder(options.Path);
        Directory.CreateDirectory(System.IO.Path.Combine(folder.Path, "machineconfigs"));
        await folder.CreateSshKeyAsync(cancellation);
        Secret(System.IO.Path.Combine(folder.Path, "robot-user"), options.RobotUser);
        Secret(System.IO.Path.Combine(folder.Path, "robot-password"), options.RobotPassword);

        using var ca = options.EcdsaCa ? TalosCa.CreateEcdsa(time) : TalosCa.Create(time);
        var secrets = new ClusterSecrets(options, ca);
        foreach (var node in options.Nodes)
            Secret(System.IO.Path.Combine(folder.Path, "machineconfigs", node.Name + ".yaml"), secrets.MachineConfig(node));
        await File.WriteAllTextAsync(folder.ProvisionYaml, ProvisionFile(options), cancellation);
        return folder;
    }

    private async Task CreateSshKeyAsync(CancellationToken cancellation)
    {
        File.Delete(SshKey);
        var start = new ProcessStartInfo("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "virtual-rack", "-f", SshKey]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0) throw new InvalidOperationException("ssh-keygen failed");
    }

    private static void Secret(string path, string text)
    {
        using var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        stream.Write(Encoding.UTF8.GetBytes(text));
    }

    private static string ProvisionFile(ClusterFolderOptions options)
    {
        var text = new StringBuilder($"""
            cluster:
              name: {options.ClusterName}
              endpoint: {options.Endpoint}
              talosVersion: {options.TalosVersion}
            robot:
              url: {options.RobotUrl}
              username: {"{"} file: robot-user {"}"}
              password: {"{"} file: robot-password {"}"}
            ssh:
              privateKey: id_ed25519
            image:
              file: {options.ImageFile}
              sha256: {options.ImageSha256}
            nodes:

            """);
        foreach (var node in options.Nodes)
        {
            text.Append($"""
                  {node.Name}:
                    server: {node.Server}
                    address: {node.Address}
                    role: {node.Role}
                    config: machineconfigs/{node.Name}.yaml

                """);
            if (node.Bootstrap) text.Append("    bootstrap: true\n");
        }

        return text.ToString();
    }
}

public sealed record ClusterFolderOptions
{
    public required string Path { get; init; }

    public required string ClusterName { get; init; }

    /// <summary>Of the Kubernetes API; its host is also where a joining control plane looks for etcd.</summary>
    public required string Endpoint { get; init; }

    public required string TalosVersion { get; init; }

    public required string RobotUrl { get; init; }

    public required string RobotUser { get; init; }

    public required string RobotPassword { get; init; }

    public required string ImageFile { get; init; }

    public required string ImageSha256 { get; init; }

    /// <summary>Instead of Ed25519, which is signed with in managed code here: too slow for the certificates of a thousand workers.</summary>
    public bool EcdsaCa { get; init; }

    public required IReadOnlyList<ClusterNode> Nodes { get; init; }
}

/// <summary>The secrets all machine configs of one cluster share, as <c>talosctl gen secrets</c> would make them.</summary>
internal sealed class ClusterSecrets(ClusterFolderOptions options, TalosCa ca)
{
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
    private readonly string _clusterId = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly string _clusterSecret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly string _machineToken = Token();
    private readonly string _clusterToken = Token();

    public string MachineConfig(ClusterNode node)
    {
        string key = node.Role == "controlplane" ? Base64(ca.ExportKeyPem()) : "\"\"";
        return $"""
            version: v1alpha1
            debug: false
            persist: true
            machine:
              type: {node.Role}
              token: {_machineToken}
              ca:
                crt: {Base64(ca.ExportCertificatePem())}
                key: {key}
              certSANs:
                - {node.Address}
              network:
                hostname: {node.Name}
                interfaces:
                  - interface: eth0
                    dhcp: true
              install:
            {Indent(node.InstallYaml, 4)}
                wipe: false
              features:
                rbac: true
            cluster:
              id: {_clusterId}
              secret: {_clusterSecret}
              controlPlane:
                endpoint: {options.Endpoint}
              clusterName: {options.ClusterName}
              network:
                cni:
                  name: none
              token: {_clusterToken}
              discovery:
                enabled: false

            """;
    }

    private static string Token() =>
        $"{RandomNumberGenerator.GetString(Alphabet, 6)}.{RandomNumberGenerator.GetString(Alphabet, 16)}";

    private static string Base64(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem));

    private static string Indent(string lines, int spaces) =>
        string.Join('\n', lines.Trim().Split('\n').Select(line => new string(' ', spaces) + line));
}
