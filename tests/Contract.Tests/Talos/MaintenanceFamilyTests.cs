using System.Net;
using System.Text;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>Maintenance mode answers differently up to 1.12 and from 1.13 on; the client makes one thing of both.</summary>
public sealed class MaintenanceFamilyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v1.9.6", null)]
    [InlineData("v1.11.6", "v1.11.6")]
    [InlineData("v1.13.9", "v1.13.9")]
    public async Task The_version_is_told_as_far_as_it_can_be_known(string release, string? told)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1);
        using var client = await cluster.MaintenanceClientAsync(1);

        TalosVersionAnswer expected = told is null ? new TalosVersionAnswer.NotToldInMaintenance() : new TalosVersionAnswer.Known(told);
        Assert.Equal(expected, await client.VersionAsync(Cancellation));
    }

    [Theory]
    [InlineData("v1.4.8", null)]
    [InlineData("v1.9.6", null)]
    [InlineData("v1.12.11", "v1.12.11")]
    [InlineData("v1.13.9", "v1.13.9")]
    [InlineData("v1.14.0", "v1.14.0")]
    public async Task Every_family_is_recognised_with_a_reason(string release, string? tag)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1);
        using var client = await cluster.MaintenanceClientAsync(1);

        var talos = Assert.IsType<MaintenanceKind.Talos>(await client.MaintenanceKindAsync(Cancellation));

        Assert.Equal(tag, talos.Tag);
        Assert.Contains("in maintenance mode", talos.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1.6.8", false, 0)]
    [InlineData("v1.9.6", true, 0)]
    [InlineData("v1.13.9", true, 1048576)]
    public async Task Volumes_are_told_as_far_as_the_version_knows_them(string release, bool told, long offset)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1, disks: """
            [{"name": "nvme0n1", "size": 512110190592, "transport": "nvme", "content": "gpt", "partitions": [{"name": "nvme0n1p4", "index": 4, "size": 1048576, "offset": 1048576, "label": "META", "partUuid": "8b", "content": "talosmeta"}]},
             {"name": "sda", "size": 4000787030016, "transport": "sata", "content": "bluestore"}]
            """);
        using var client = await cluster.MaintenanceClientAsync(1);

        var volumes = await client.VolumesAsync(Cancellation);

        if (!told)
        {
            Assert.Null(volumes);
            return;
        }

        Assert.Equal(["nvme0n1 gpt", "nvme0n1p4 talosmeta", "sda bluestore"], volumes!.Select(v => $"{v.Name} {v.Content}"));
        Assert.Equal(("nvme0n1", 4, "META", "8b", offset), (volumes![1].Parent, volumes[1].PartitionIndex, volumes[1].PartitionLabel, volumes[1].PartitionUuid, volumes[1].OffsetBytes));
    }

    [Theory]
    [InlineData("v1.12.11", GrpcCode.Unimplemented, "method Bootstrap not implemented")]
    [InlineData("v1.13.9", GrpcCode.PermissionDenied, "not authorized")]
    public async Task Bootstrap_is_refused(string release, GrpcCode code, string text)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1);
        using var client = await cluster.MaintenanceClientAsync(1);

        var e = await Assert.ThrowsAsync<TalosRpcException>(() => client.BootstrapAsync(Cancellation));

        Assert.Equal((code, text), (e.Code, e.Detail));
    }

    [Theory]
    [InlineData("v1.12.11", "a: b: c", GrpcCode.Unknown, "failed to parse config: yaml: line 1: could not be parsed")]
    [InlineData("v1.13.9", "a: b: c", GrpcCode.InvalidArgument, "yaml: line 1: could not be parsed")]
    [InlineData("v1.12.11", "version: v1alpha1", GrpcCode.InvalidArgument, "configuration validation failed: 2 errors occurred:\n\t* machine instructions are required\n\t* cluster instructions are required\n\n")]
    [InlineData("v1.13.9", "version: v1alpha1", GrpcCode.InvalidArgument, "2 errors occurred:\n\t* machine instructions are required\n\t* cluster instructions are required\n\n")]
    [InlineData("v1.13.9", "machine: {}", GrpcCode.InvalidArgument, "missing kind")]
    public async Task A_bad_config_is_refused_and_the_node_stays_in_maintenance(string release, string yaml, GrpcCode code, string text)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1);
        using var client = await cluster.MaintenanceClientAsync(1);

        var e = await Assert.ThrowsAsync<TalosRpcException>(() => client.ApplyConfigurationAsync(Encoding.UTF8.GetBytes(yaml), dryRun: false, Cancellation));

        Assert.Equal((code, text), (e.Code, e.Detail));
        Assert.IsType<TalosProbeResult.Maintenance>(await cluster.ProbeAsync(1));
        Assert.Equal(0, cluster.Node(1).Counters.ConfigsApplied);
    }

    [Theory]
    [InlineData("v1.12.11", "install instructions are required in \"metal\" mode")]
    [InlineData("v1.13.9", null)]
    public async Task The_install_section_is_demanded_up_to_1_12(string release, string? complaint)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1);
        using var client = await cluster.MaintenanceClientAsync(1);
        var config = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(cluster.Config(1)).Replace("  install:\n    disk: /dev/nvme0n1\n", "", StringComparison.Ordinal));

        var e = await Record.ExceptionAsync(() => client.ApplyConfigurationAsync(config, dryRun: true, Cancellation));

        if (complaint is null)
            Assert.Null(e);
        else
            Assert.Contains(complaint, Assert.IsType<TalosRpcException>(e).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_without_the_main_document_leaves_the_node_in_maintenance()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var client = await cluster.MaintenanceClientAsync(1);

        await client.ApplyConfigurationAsync("apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: n1\n"u8.ToArray(), dryRun: false, Cancellation);

        Assert.IsType<TalosProbeResult.Maintenance>(await cluster.ProbeAsync(1));
    }

    [Fact]
    public async Task Nothing_the_node_prints_holds_a_secret()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1, meta: "run-4711");
        using var node = await cluster.ConfigureAsync(1);
        var secrets = Encoding.UTF8.GetString(cluster.Config(1)).Split('\n')
            .Where(l => l.Contains("key:", StringComparison.Ordinal) || l.Contains("secret:", StringComparison.Ordinal) || l.Contains("token:", StringComparison.Ordinal))
            .Select(l => l.Split(": ")[1].Trim());

        var printed = string.Join('\n', cluster.Console);

        Assert.Contains("""RACK-TALOS {"event":"config-applied","type":"controlplane"}""", printed, StringComparison.Ordinal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, printed, StringComparison.Ordinal));
        Assert.DoesNotContain("run-4711", printed, StringComparison.Ordinal);
    }
}
