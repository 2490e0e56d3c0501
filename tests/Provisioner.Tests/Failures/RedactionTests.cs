using Kronform.Provision.Failures;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Failures;

public sealed class RedactionTests
{
    [Theory]
    [InlineData("machine.token: \"abc123.0123456789abcdef\" is wrong", "machine.token: \"(hidden)\" is wrong")]
    [InlineData("key: LS0tLS1CRUdJTiBFRDI1NTE5IFBSSVZBVEU=", "key: (hidden)")]
    [InlineData("unknown keys found during decoding:\nmachine:\n  token: short", "it holds keys that this Talos does not know")]
    [InlineData("install instructions are required in \"metal\" mode", "install instructions are required in \"metal\" mode")]
    public void What_could_be_a_secret_is_taken_out_and_the_reason_stays(string text, string expected) =>
        Assert.Equal(expected, Redaction.Of(text));
}
