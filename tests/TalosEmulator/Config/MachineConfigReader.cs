using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Talos.Pki;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kronform.Provision.TalosEmulator.Config;

/// <summary>
/// Reads a multi-document machine config and makes the complaints Talos makes in metal mode, in Talos's words. Of the fields only
/// the top level is checked for unknown names.
/// </summary>
internal sealed class MachineConfigReader(TalosRelease release, IReadOnlyList<string> diskPaths)
{
    private static readonly string[] KnownTopLevel = ["version", "debug", "persist", "machine", "cluster"];

    /// <returns>Null for documents without a v1alpha1 config among them, which leave the node in maintenance.</returns>
    /// <exception cref="ConfigUnreadableException">Not YAML, or not documents of Talos.</exception>
    /// <exception cref="ConfigInvalidException">Something is missing or contradictory.</exception>
    public MachineConfig? Read(ReadOnlySpan<byte> yaml)
    {
        YamlMappingNode? main = null;
        string? hostname = null;
        foreach (var document in Documents(yaml))
        {
            if (Text(document, "kind") is { } kind)
            {
                if (Text(document, "apiVersion") is null)
                    throw new ConfigUnreadableException("missing apiVersion");
                if (kind == "HostnameConfig")
                    hostname = Text(document, "hostname");
                continue;
            }

            if (Text(document, "version") is null)
                throw new ConfigUnreadableException("missing kind");
            if (main is not null)
                throw new ConfigUnreadableException("duplicate v1alpha1.Config");
            main = document;
        }

        return main is null ? null : Check(main, hostname);
    }

    private MachineConfig Check(YamlMappingNode main, string? hostname)
    {
        if (Text(main, "version") is var version and not "v1alpha1")
            throw new ConfigUnreadableException($"unsupported version \"{version}\"");
        if (main.Children.Keys.Select(k => k.ToString()).Except(KnownTopLevel).FirstOrDefault() is { } unknown)
            throw new ConfigUnreadableException($"unknown keys found during decoding:\n{unknown}\n");

        var problems = new List<string>();
        var machine = Map(main, "machine");
        var cluster = Map(main, "cluster");
        if (machine is null)
            problems.Add("machine instructions are required");
        if (cluster is null)
            problems.Add("cluster instructions are required");
        if (machine is null || cluster is null)
            throw new ConfigInvalidException(problems);

        var type = Text(machine, "type");
        if (type is not ("controlplane" or "init" or "worker"))
            problems.Add($"unknown machine type \"{type}\"");
        var controlPlane = type is "controlplane" or "init";

        var ca = Map(machine, "ca");
        CheckCa(ca, controlPlane, problems);
        CheckInstall(Map(machine, "install"), problems);

        var endpoint = Map(cluster, "controlPlane") is { } plane ? Text(plane, "endpoint") : null;
        var host = "";
        if (endpoint is null)
            problems.Add("cluster controlplane endpoint is required");
        else if (Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Host.Length > 0)
            host = uri.Host.Trim('[', ']');
        else
            problems.Add($"invalid controlplane endpoint: {endpoint}");

        var cni = Map(cluster, "network") is { } network && Map(network, "cni") is { } plugin ? Text(plugin, "name") : null;
        if (cni is not (null or "flannel" or "custom" or "none"))
            problems.Add("cni name should be one of [\"flannel\", \"custom\", \"none\"]");

        if (problems.Count > 0)
            throw new ConfigInvalidException(problems);

        return new MachineConfig
        {
            ControlPlane = controlPlane,
            Hostname = hostname ?? (Map(machine, "network") is { } net ? Text(net, "hostname") : null),
            CaCertificate = Text(ca!, "crt")!,
            CaKey = Text(ca!, "key"),
            ClusterSecret = Text(cluster, "secret") ?? Text(machine, "token") ?? "",
            EndpointHost = host,
            WithoutCni = cni == "none",
            CertSans = Child(machine, "certSANs") is YamlSequenceNode sans ? [.. sans.OfType<YamlScalarNode>().Select(s => s.Value ?? "")] : [],
        };
    }

    private static void CheckCa(YamlMappingNode? ca, bool controlPlane, List<string> problems)
    {
        var certificate = ca is null ? null : Text(ca, "crt");
        var key = ca is null ? null : Text(ca, "key");
        if (certificate is null)
        {
            problems.Add(controlPlane
                ? "issuing CA is required (.machine.ca)"
                : "trusted CA certificates are required on non-controlplane nodes (.machine.ca.crt, .machine.acceptedCAs)");
            return;
        }

        if (controlPlane && key is null)
            problems.Add("issuing CA key is required for controlplane nodes (.machine.ca.key)");
        else if (!controlPlane && key is not null)
            problems.Add("issuing Talos API CA key is not allowed on non-controlplane nodes (.machine.ca)");

        try
        {
            if (controlPlane && key is not null)
                TalosCa.FromEncoded(certificate, key).Dispose();
            else
                TalosCa.ReadEncodedCertificate(certificate).Dispose();
        }
        catch (CryptographicException e)
        {
            problems.Add($"failed to parse CA: {e.Message}");
        }
    }

    private void CheckInstall(YamlMappingNode? install, List<string> problems)
    {
        if (!release.RequiresInstallSection)
            return;

        if (install is null)
        {
            problems.Add("install instructions are required in \"metal\" mode");
            return;
        }

        var disk = Text(install, "disk");
        var selector = Map(install, "diskSelector");
        if (disk is null && selector is null)
            problems.Add("either install disk or diskSelector should be defined");
        else if (selector is null && release.InstallDiskMustExist && !diskPaths.Contains(disk))
            problems.Add($"specified install disk does not exist: \"{disk}\"");
    }

    private static List<YamlMappingNode> Documents(ReadOnlySpan<byte> yaml)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(Encoding.UTF8.GetString(yaml)));
        }
        catch (YamlException e)
        {
            // Position only: the parser's text can quote the document, and the document holds secrets.
            throw new ConfigUnreadableException($"yaml: line {e.Start.Line}: could not be parsed");
        }

        var documents = new List<YamlMappingNode>();
        foreach (var document in stream.Documents)
        {
            if (document.RootNode is YamlMappingNode root)
                documents.Add(root);
            else if (document.RootNode is not YamlScalarNode { Value: null or "" })
                throw new ConfigUnreadableException("a document is not a mapping");
        }

        return documents.Count > 0 ? documents : throw new ConfigUnreadableException("no configuration documents found");
    }

    private static YamlNode? Child(YamlMappingNode node, string name) =>
        node.Children.TryGetValue(new YamlScalarNode(name), out var child) ? child : null;

    private static YamlMappingNode? Map(YamlMappingNode node, string name) => Child(node, name) as YamlMappingNode;

    private static string? Text(YamlMappingNode node, string name) =>
        Child(node, name) is YamlScalarNode { Value: { Length: > 0 } text } && text is not ("null" or "~") ? text : null;
}
