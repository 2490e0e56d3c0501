using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Identity;
using Kronform.Provision.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Identity;

public sealed class MachineIdentityTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("identity-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_another_process_recorded_meanwhile_counts()
    {
        Seen("n1", 321, "52:54:00:00:00:01");
        Seen("n2", 322, "52:54:00:00:00:02");
        Seen("n1", 321, "52:54:00:00:00:01");
        // As another process leaves it: the same length, another stamp.
        string file = Path.Combine(_folder.FullName, "n2", "machine.json");
        var before = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, File.ReadAllText(file).Replace("00:02", "00:01", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(file, before.AddSeconds(1));

        var failure = Assert.Throws<ProvisionException>(() => Seen("n1", 321, "52:54:00:00:00:01"));

        Assert.Equal(FailureCode.ServerIdentity, failure.Code);
        Assert.Contains("n2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_whose_file_was_deleted_is_recorded_anew()
    {
        Seen("n1", 321, "52:54:00:00:00:01");
        File.Delete(Path.Combine(_folder.FullName, "n1", "machine.json"));

        Seen("n1", 321, "52:54:00:00:00:09");
    }

    private void Seen(string node, int server, string mac)
    {
        NodeSpec Spec(string name, int number) => new() { Name = name, ServerNumber = number, Role = NodeRole.Worker, ConfigPath = "n.yaml", Line = 1, Column = 1 };
        var cluster = new ClusterSpec
        {
            File = "provision.yaml", Name = "bench", Endpoint = new Uri("https://api.example:6443"), TalosVersion = TalosVersion.TryParse("v1.13.9")!,
            Robot = new RobotAccess(new Uri("https://robot.example"), null!, null!), Ssh = new(null, ""), Image = new ImageReference(), Nodes = [Spec("n1", 321), Spec("n2", 322)],
        };
        var time = new ManualTime();
        var services = new RunServices(cluster, null, null!, null!, null!, null!, new StateFolder(_folder.FullName), null!, time, NullLoggerFactory.Instance);
        var context = new NodeContext(services, Spec(node, server), null!, IPAddress.Loopback, new RunOptions(), null, null!);
        MachineIdentity.Require(context, new HostInventory
        {
            Rescue = new RescueEvidence { Hostname = "rescue", RootFileSystem = "rootfs", HetznerBuildFile = true }, BootId = "b", Firmware = "uefi", MacAddresses = [mac],
            SystemUuid = $"{mac[^2..]}000000-0000-4000-8000-000000000000", Disks = [],
        }, remember: true);
    }
}
