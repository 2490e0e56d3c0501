using Kronform.Provision.Cluster;

namespace Kronform.Provision.Talos.Contexts;

/// <summary>One context of a talosconfig: how to reach a cluster, and as whom. CA, certificate and key are PEM here, base64 of PEM in the file.</summary>
/// <param name="Endpoints">Host or host:port; talosctl adds :50000.</param>
/// <param name="Nodes">The nodes talosctl asks through the endpoints when none are named.</param>
public sealed record TalosContext(
    string Name, IReadOnlyList<string> Endpoints, IReadOnlyList<string> Nodes, string CaPem, string CertificatePem, Secret KeyPem)
{
    /// <summary>Where the context stands in its file; 1, 1 for one that was made here.</summary>
    public (int Line, int Column) Position { get; init; } = (1, 1);

    /// <summary>`gen config` writes 127.0.0.1 when it is not told better, and newer releases write none: neither reaches a node.</summary>
    public bool HasUsableEndpoints => Endpoints.Any(e => !IsLoopback(e));

    private static bool IsLoopback(string endpoint)
    {
        var host = Uri.TryCreate("tcp://" + endpoint, UriKind.Absolute, out var uri) ? uri.Host.Trim('[', ']') : endpoint.Trim('[', ']');
        return host == "localhost" || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));
    }
}
