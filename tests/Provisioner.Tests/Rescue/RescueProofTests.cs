using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Rescue;

public sealed class RescueProofTests
{
    [Theory]
    [InlineData("rescue", "ext2", true, null)]
    [InlineData("rescue", "tmpfs", false, null)]
    [InlineData("rescue", "overlay", false, null)]
    [InlineData("rescue", "ext4", false, "it has no /etc/hetzner-build and its root file system is ext4, not in memory")]
    [InlineData("db1", "tmpfs", true, "its host name is \"db1\", not \"rescue\"")]
    [InlineData("", "", false, "its host name is \"\", not \"rescue\"")]
    public void A_rescue_system_is_proven_by_host_name_and_build_file_or_a_root_in_memory(string hostname, string root, bool build, string? doubt) =>
        Assert.Equal(doubt, RescueProof.Doubt(new RescueEvidence { Hostname = hostname, RootFileSystem = root, HetznerBuildFile = build }));

    [Fact]
    public void The_answer_of_the_far_side_is_read_whatever_order_and_noise_it_has()
    {
        var facts = RescueProof.Parse("motd\nboot-id=1-2\nhostname=rescue\nmodels=SAMSUNG MZ7LM480;ST4000NM0024-1HT;\nroot=tmpfs\nbuild=yes\nmachine=x86_64\nagent=abc\n");
        Assert.Equal("1-2", facts.BootId);
        Assert.True(facts.Evidence.HetznerBuildFile);
        Assert.Equal(["SAMSUNG MZ7LM480", "ST4000NM0024-1HT"], facts.DiskModels);
        Assert.Equal("abc", facts.AgentSha256);
    }

    [Fact]
    public void The_command_says_what_the_parser_reads_when_a_real_shell_runs_it()
    {
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", RescueProof.Command]) { RedirectStandardOutput = true })!;
        var facts = RescueProof.Parse(shell.StandardOutput.ReadToEnd());
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), facts.BootId);
        Assert.NotEmpty(facts.Evidence.RootFileSystem);
        Assert.NotNull(RescueProof.Doubt(facts.Evidence));
    }

    [Fact]
    public void Only_a_machine_whose_every_disk_is_emulated_is_inside_vKVM()
    {
        Assert.True(RescueProof.IsInsideVkvm(["QEMU HARDDISK", "QEMU HARDDISK"]));
        Assert.False(RescueProof.IsInsideVkvm(["QEMU HARDDISK", "SAMSUNG MZ7LM480"]));
        Assert.False(RescueProof.IsInsideVkvm([]));
    }
}
