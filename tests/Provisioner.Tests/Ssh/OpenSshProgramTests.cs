using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Ssh;

public sealed class OpenSshProgramTests
{
    [Theory]
    [InlineData("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026", "9.2")]
    [InlineData("OpenSSH_10.0p2, LibreSSL 4.1.0", "10.0")]
    [InlineData("OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2", "9.5")]
    [InlineData("Dropbear v2022.83", null)]
    [InlineData("", null)]
    public void The_version_is_read_from_its_banner(string banner, string? version) =>
        Assert.Equal(version, OpenSshProgram.ParseVersion(banner)?.ToString());

    [Fact]
    public async Task A_missing_program_says_what_to_install()
    {
        var failure = await Assert.ThrowsAsync<SshException>(() => OpenSshProgram.FindAsync("no-such-ssh", TestContext.Current.CancellationToken));

        Assert.Equal(SshFailure.Protocol, failure.Failure);
        Assert.Contains("install the package openssh-client", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OpenSSH_8.4p1, OpenSSL 1.1.1", "8.5 or newer is needed")]
    [InlineData("Dropbear v2022.83", "is not an OpenSSH client")]
    public async Task An_unfit_program_is_refused_before_anything_is_tried(string banner, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("ssh-program-");
        try
        {
            var program = Path.Combine(folder.FullName, "ssh");
            await File.WriteAllTextAsync(program, $"#!/bin/sh\necho '{banner}' >&2\n", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

            var failure = await Assert.ThrowsAsync<SshException>(() => OpenSshProgram.FindAsync(program, TestContext.Current.CancellationToken));

            Assert.Equal(SshFailure.Protocol, failure.Failure);
            Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
