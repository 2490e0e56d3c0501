using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class SecretReferenceTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"secret-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_variable_and_a_file_give_the_secret_and_nothing_else_shows_it()
    {
        var variable = $"SECRET_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable(variable, "geheim");
        File.WriteAllText(_file, "geheim\n");

        foreach (var reference in new[] { new SecretReference("the Robot password", variable, null), new SecretReference("the Robot password", null, _file) })
        {
            var secret = reference.Resolve();
            Assert.Equal("geheim", secret.Reveal());
            Assert.Equal("(hidden)", $"{secret}");
            Assert.DoesNotContain("geheim", reference.ToString());
        }
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        var variable = Assert.Throws<ProvisionException>(() => new SecretReference("the Robot password", "NOT_SET_ANYWHERE", null).Resolve());
        Assert.Equal(FailureCode.CredentialsMissing, variable.Code);
        Assert.Equal("Reading the Robot password: environment variable NOT_SET_ANYWHERE is not set; nothing was touched", variable.Message);

        var file = Assert.Throws<ProvisionException>(() => new SecretReference("the Robot password", null, _file).Resolve());
        Assert.Equal(FailureCode.CredentialsMissing, file.Code);
        Assert.Equal($"Reading the Robot password: file {_file} cannot be read; nothing was touched", file.Message);

        File.WriteAllText(_file, " \n");
        var empty = Assert.Throws<ProvisionException>(() => new SecretReference("the Robot password", null, _file).Resolve());
        Assert.Equal($"Reading the Robot password: file {_file} is empty; nothing was touched", empty.Message);
    }

    [Fact]
    public void A_file_that_others_can_read_is_worth_a_warning()
    {
        File.WriteAllText(_file, "geheim");
        var reference = new SecretReference("the Robot password", null, _file);

        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Null(reference.FindExposure());
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Equal($"{_file} holds the Robot password and is open to other users; run chmod 600 {_file}", reference.FindExposure());
    }
}
