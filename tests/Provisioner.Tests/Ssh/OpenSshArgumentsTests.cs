using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Ssh;

public sealed class OpenSshArgumentsTests
{
    private static readonly SshTarget s_target = new(
        "192.0.2.7", 22, "root", new SshKey("/keys/100%", "/keys/100%.pub"), [new string('A', 43)], TimeSpan.FromSeconds(2.5));

    private static string[] Master(SshTarget target, params string[] refused) =>
        [.. OpenSshArguments.Master(target, OpenSshOptions.Default, refused, "/run/s", "/run/log")];

    [Fact]
    public void Nothing_of_the_users_configuration_takes_part()
    {
        var arguments = Master(s_target);

        Assert.Equal(["-F", "none"], arguments[..2]);
        Assert.Contains("UserKnownHostsFile=/dev/null", arguments);
        Assert.Contains("GlobalKnownHostsFile=/dev/null", arguments);
        Assert.Contains("StrictHostKeyChecking=yes", arguments);
        Assert.Equal(["--", "192.0.2.7"], arguments[^2..]);
    }

    [Fact]
    public void A_key_file_keeps_agents_out_and_its_percent_signs() =>
        Assert.Contains("-o IdentityAgent=none -i /keys/100%%", string.Join(' ', Master(s_target)), StringComparison.Ordinal);

    [Fact]
    public void Without_a_key_file_the_public_key_names_the_agents_key()
    {
        var arguments = string.Join(' ', Master(s_target with { Key = new SshKey(null, "/keys/id.pub") }));

        Assert.Contains("-i /keys/id.pub", arguments, StringComparison.Ordinal);
        Assert.DoesNotContain("IdentityAgent", arguments, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_types_are_left_to_ssh_until_one_has_not_matched()
    {
        Assert.DoesNotContain(Master(s_target), a => a.StartsWith("HostKeyAlgorithms", StringComparison.Ordinal));
        Assert.Contains("HostKeyAlgorithms=-*ed25519*,*ecdsa*", Master(s_target, "ssh-ed25519", "ecdsa-sha2-nistp256"));
    }

    [Fact]
    public void A_command_never_makes_a_connection_of_its_own() =>
        Assert.Contains("ProxyCommand=false", OpenSshArguments.Command(s_target, "/run/s", "/run/log", "true"));

    [Fact]
    public void Quoting_survives_quotes() =>
        Assert.Equal("""'it'\''s'""", FarScript.Quote("it's"));
}
