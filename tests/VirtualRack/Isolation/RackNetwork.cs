using System.Diagnostics;
using System.Net;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Hosting;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Isolation;

/// <summary>The cables of a rack, made in the network namespace of this process, where nothing has to be undone.</summary>
internal sealed class RackNetwork : IDisposable
{
    private const int PrefixLength = 24;
    private static readonly IPAddress Gateway = IPAddress.Parse("10.77.0.1");
    private readonly bool _bridged;
    private readonly Process? _dhcp;

    private RackNetwork(bool bridged, Process? dhcp) => (_bridged, _dhcp) = (bridged, dhcp);

    /// <summary>The address at which programs in the namespace can be reached by the machines.</summary>
    public IPAddress HostAddress => _bridged ? Gateway : IPAddress.Loopback;

    public IPAddress AddressOf(NodeDescription node) => _bridged ? node.Address : node.LoopbackAddress;

    public NetworkPlug PlugOf(NodeDescription node) =>
        _bridged ? new NetworkPlug.Tap(Tap(node), Gateway, PrefixLength) : new NetworkPlug.User(node.LoopbackAddress);

    /// <param name="folder">For the DHCP server's files.</param>
    public static async Task<RackNetwork> CreateAsync(
        RackDescription rack, bool bridged, string folder, CancellationToken cancellation)
    {
        List<string> commands = ["link set lo up"];
        if (bridged)
        {
            // A bridge holds back the first packets for 15 s unless told that there are no loops.
            commands.AddRange(["link add br0 type bridge stp_state 0 forward_delay 0",
                $"addr add {Gateway}/{PrefixLength} dev br0", "link set br0 up"]);
            foreach (var node in rack.Nodes)
                commands.AddRange([$"tuntap add {Tap(node)} mode tap", $"link set {Tap(node)} master br0 up"]);
        }

        foreach (var command in commands)
            await Tool.RunAsync("ip", command.Split(' '), cancellation);
        return new RackNetwork(bridged, bridged ? await ServeDhcpAsync(rack, folder, cancellation) : null);
    }

    public void Dispose()
    {
        _dhcp?.Kill();
        _dhcp?.Dispose();
    }

    private static string Tap(NodeDescription node) => $"tap-{node.Name}";

    private static async Task<Process> ServeDhcpAsync(RackDescription rack, string folder, CancellationToken cancellation)
    {
        var leases = Path.Combine(folder, "udhcpd.leases");
        var configuration = Path.Combine(folder, "udhcpd.conf");
        await File.WriteAllTextAsync(leases, "", cancellation);
        // Leases are given by MAC alone; the range is there because the server insists on one.
        await File.WriteAllLinesAsync(configuration,
            ["start 10.77.0.254", "end 10.77.0.254", "max_leases 1", "interface br0", $"lease_file {leases}",
             $"pidfile {Path.Combine(folder, "udhcpd.pid")}", "opt subnet 255.255.255.0", $"opt router {Gateway}", "opt lease 86400",
             .. rack.Nodes.Select(n => $"static_lease {n.Mac} {n.Address}")],
            cancellation);
        var start = new ProcessStartInfo(Tool.PathOf("busybox"), ["udhcpd", "-f", configuration])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        // It reports every lease; nobody needs that, but a full pipe would stop it.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
