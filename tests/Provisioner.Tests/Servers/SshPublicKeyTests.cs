using Kronform.Provision.Failures;
using Kronform.Provision.Servers;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Servers;

public class SshPublicKeyTests
{
    private const string Ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINY/kuXFG1L8W3FGh6F+KHKE090xUxx0qJoJFYc0AFyj";

    /// <summary>Keys made by ssh-keygen 9.2, fingerprints as <c>ssh-keygen -lf</c> prints them.</summary>
    public static TheoryData<string, string, string, string, string> Keys => new()
    {
        {
            Ed25519 + " operator@desk with spaces\n",
            "ssh-ed25519", "operator@desk with spaces",
            "a4:ff:76:f2:10:2f:8f:c9:46:fc:a3:dd:b0:fd:39:bf",
            "tbqJDbdnnFa/JDpXK/osIKV2uFll3yN0xeaS4tFlbc0"
        },
        {
            "# desk\r\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDvGBlqPPJ4zaI1wRV6BHfOLsDrgNEw+g8oVIb1mCL/2hl2wr+Ov/I9MuLe2kdOZCPmEPTT1sjAO7RZdc5f/PGyBrYoD1a1ZfPOraQ/rBoy6SxVFkzGUPYV1/U9D+VAQydZ9eXTbiLR6Z+Kd3O1lBLS0qsUImwZjvY/0BbvOfIUopbG5sgUYFdMSa2QTF/FH9NGqzVZBBf6TX9HtYUfBxNX7qZLwKAIz8SsyRzPVx1jt/PEzimoBwObahwX3uFWwJMHyPD2u8YNf4FiUW9YuEhe85F59U3Sz06NX26bLm9dytmwWPpaMjU81ljRtDEw+KyQ/fqcIAjzO00HeaLE+ewx \r\n",
            "ssh-rsa", "",
            "f6:c3:8f:48:24:8f:f8:c2:ef:0c:55:e6:67:cb:93:81",
            "xxAbJWxsaht1aqmAl532nYrHKU7AyJGkhezPRQLyb4U"
        },
        {
            "ecdsa-sha2-nistp384\tAAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBOblH1R1YCHnSepjppQ0/n1v9Su+qDxCuYsFZ3uGggUMm1Btwz3lX5HW17g2JOehFK+98BIuqgkt/xMoSab/N58uIcDGekUmgIOnwl1+NLwWrjmuyPZY/WNqs3SZ5HiCcg==  ec",
            "ecdsa-sha2-nistp384", "ec",
            "f9:9e:1a:0a:09:c6:22:19:83:2a:85:33:3e:4e:a1:14",
            "vaZo7BoMWcJtBHANFzJrY+Eqrm7vS+2A/1yndlPaJLo"
        },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void Fingerprints_are_those_of_ssh_keygen(string text, string type, string comment, string md5, string sha256)
    {
        var key = SshPublicKey.Parse(text);

        Assert.Equal((type, comment, md5, sha256), (key.Type, key.Comment, key.Md5Fingerprint, key.Sha256Fingerprint));
    }

    [Fact]
    public void The_line_for_Robot_leaves_the_comment_at_home()
    {
        Assert.Equal(Ed25519, SshPublicKey.Parse(Ed25519 + " operator@desk").Line);
    }

    [Theory]
    [InlineData("", "no key")]
    [InlineData("# only a comment\n", "no key")]
    [InlineData("ssh-ed25519", "of the form")]
    [InlineData("ssh-ed25519 not*base64", "not base64")]
    [InlineData("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAINY/kuXFG1L8W3FGh6F+KHKE090xUxx0qJoJFYc0AFyj", "own type")]
    [InlineData("ssh-ed25519 AAAA", "own type")]
    [InlineData("ssh-ed25519 /////3NzaC1lZDI1NTE5", "own type")]
    [InlineData(Ed25519 + "\n" + Ed25519, "more than one")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----", "private key")]
    public void What_is_not_one_public_key_is_refused_without_quoting_it(string text, string why)
    {
        var failure = Assert.Throws<ProvisionException>(() => SshPublicKey.Parse(text));

        Assert.Equal(FailureCode.SshKey, failure.Code);
        Assert.Contains(why, failure.Message);
        Assert.DoesNotContain("b3Bl", failure.ToString());
    }
}
