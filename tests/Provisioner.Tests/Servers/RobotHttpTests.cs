using Kronform.Provision.Failures;
using Kronform.Provision.Servers;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Servers;

public class RobotHttpTests
{
    [Theory]
    [InlineData("http://robot-ws.your-server.de/", "plain HTTP")]
    [InlineData("http://192.0.2.1:8080/", "plain HTTP")]
    [InlineData("ftp://robot-ws.your-server.de/", "not an http")]
    [InlineData("https://user:pass-word@robot-ws.your-server.de/", "credentials")]
    public void An_address_that_would_give_the_password_away_is_refused(string url, string why)
    {
        var failure = Assert.Throws<ProvisionException>(() => RobotHttp.Create(new RobotConnection(new Uri(url), "#ws+a", "s3cret")));

        Assert.Equal(FailureCode.ConfigInvalid, failure.Code);
        Assert.Contains(why, failure.Message);
        Assert.DoesNotContain("s3cret", failure.ToString());
        Assert.DoesNotContain("pass-word", failure.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a:b")]
    public void A_user_name_that_Basic_cannot_carry_is_refused(string user)
    {
        Assert.Throws<ProvisionException>(() => RobotHttp.Create(new RobotConnection(RobotConnection.PublicUrl, user, "s3cret")));
    }

    [Theory]
    [InlineData("https://robot-ws.your-server.de", "https://robot-ws.your-server.de/")]
    [InlineData("https://proxy.example/robot?x=1", "https://proxy.example/robot/")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080/")]
    [InlineData("http://localhost:8080/", "http://localhost:8080/")]
    public void Https_everywhere_and_plain_HTTP_on_loopback_are_taken(string url, string baseAddress)
    {
        using var http = RobotHttp.Create(new RobotConnection(new Uri(url), "#ws+a", "s3cret"));

        Assert.Equal(new Uri(baseAddress), http.BaseAddress);
    }

    [Fact]
    public void A_connection_does_not_print_its_credentials()
    {
        var text = new RobotConnection(RobotConnection.PublicUrl, "#ws+a", "s3cret").ToString();

        Assert.DoesNotContain("s3cret", text);
        Assert.DoesNotContain("#ws+a", text);
    }
}
