using Kronform.Provision.VirtualRack.Builds;
using Kronform.Provision.VirtualRack.Cluster;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Isolation;

namespace Kronform.Provision.VirtualRack.Hosting;

/// <summary>The operator's folder for a rack: its first node is a control plane with the bootstrap mark, the others join it.</summary>
internal static class RackCluster
{
    public static Task WriteAsync(
        RackDescription rack, RackNetwork network, RackRobot robot, DiskImage talos, string folder, TimeProvider time, CancellationToken cancellation)
    {
        var nodes = rack.Nodes.Select((node, index) => new ClusterNode(
            node.Name, node.Server, network.AddressOf(node).ToString(), node.Worker ? "worker" : "controlplane", index == 0,
            $"disk: none\ndiskSelector:\n  serial: {node.Disks.First(d => d.Role == DiskRole.System).Serial}"));
        return ClusterFolder.WriteAsync(new ClusterFolderOptions
        {
            Path = folder,
            ClusterName = rack.Name,
            Endpoint = $"https://{network.AddressOf(rack.Nodes[0])}:6443",
            TalosVersion = talos.Version,
            RobotUrl = robot.Url.ToString(),
            RobotUser = robot.User,
            RobotPassword = robot.Password,
            ImageFile = talos.Compressed,
            ImageSha256 = talos.CompressedSha256,
            Nodes = [.. nodes],
        }, time, cancellation);
    }
}
