using System.Net.Http.Json;
using System.Net.Sockets;
using Kronform.Provision.VirtualRack.Hosting;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Control;

/// <summary>The other end of <see cref="ControlServer"/>; works from outside the rack's namespaces.</summary>
public sealed class ControlClient : IDisposable
{
    private readonly HttpClient _http;

    public ControlClient(string socket)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://rack/") };
    }

    public Task<NodeStatus> NodeAsync(string node, CancellationToken cancellation) => GetAsync<NodeStatus>($"nodes/{node}/", cancellation);

    public Task<IReadOnlyList<DiskStatus>> DisksAsync(string node, CancellationToken cancellation) =>
        GetAsync<IReadOnlyList<DiskStatus>>($"nodes/{node}/disks", cancellation);

    public Task<IReadOnlyList<NodeEvent>> EventsAsync(string node, CancellationToken cancellation) =>
        GetAsync<IReadOnlyList<NodeEvent>>($"nodes/{node}/events", cancellation);

    public Task ArmAsync(string node, ArmRequest request, CancellationToken cancellation) => PostAsync($"nodes/{node}/arm", request, cancellation);

    public Task QuirkAsync(string node, QuirkRequest change, CancellationToken cancellation) => PostAsync($"nodes/{node}/quirk", change, cancellation);

    /// <param name="verb">hang, resume, link-down, link-up, power-cut, power-on, power-button, ctrl-alt-del, shuffle or reset.</param>
    public Task DoAsync(string node, string verb, CancellationToken cancellation) => PostAsync($"nodes/{node}/{verb}", "", cancellation);

    public void Dispose() => _http.Dispose();

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellation)
    {
        using var response = await _http.GetAsync(path, cancellation);
        await CheckAsync(path, response, cancellation);
        return (await response.Content.ReadFromJsonAsync<T>(RackJson.Options, cancellation))!;
    }

    private async Task PostAsync<T>(string path, T body, CancellationToken cancellation)
    {
        using var response = await _http.PostAsJsonAsync(path, body, RackJson.Options, cancellation);
        await CheckAsync(path, response, cancellation);
    }

    private static async Task CheckAsync(string path, HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"the rack answered {path} with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellation)}");
    }
}
