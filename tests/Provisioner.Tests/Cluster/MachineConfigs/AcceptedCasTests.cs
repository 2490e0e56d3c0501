using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Provisioner.Tests.Cluster;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;

/// <summary>CAs that are trusted besides machine.ca while one replaces the other.</summary>
public sealed class AcceptedCasTests
{
    private static readonly (string Crt, string Key) Next = SampleConfig.NewCa();
    private static readonly (string Crt, string Key) Third = SampleConfig.NewCa();

    [Fact]
    public void Each_is_read_with_its_fingerprint_and_its_place()
    {
        var config = SampleConfig.Parse(With(Next.Crt, Third.Crt));
        Assert.Equal(2, config.AcceptedCas.Count);
        Assert.Equal(3, config.CaFingerprints.Distinct().Count());
        Assert.All(config.AcceptedCas, a => Assert.StartsWith("-----BEGIN CERTIFICATE-----", a.Pem, StringComparison.Ordinal));
        Assert.Equal(5, config.AcceptedCas[0].Place.Line);
    }

    [Theory]
    [InlineData("acceptedCAs: []")]
    [InlineData("acceptedCAs:")]
    [InlineData("debug: false")]
    public void There_may_be_none(string text) => Assert.Empty(SampleConfig.Parse(SampleConfig.With("  token: abc", $"  {text}\n  token: abc")).AcceptedCas);

    [Theory]
    [InlineData("acceptedCAs: {crt: x}", "is not a list")]
    [InlineData("acceptedCAs: [x]", "has no crt")]
    [InlineData("acceptedCAs: [{crt: cGxhbnRlZA==}]", "is not a certificate")]
    [InlineData("acceptedCAs: [{crt: 'planted!'}]", "is not base64")]
    public void What_is_wrong_with_one_is_said_without_its_value(string text, string expected)
    {
        var problem = Assert.Single(SampleConfig.Refusal(SampleConfig.With("  token: abc", $"  {text}\n  token: abc")).Problems);
        Assert.Equal(("machine.acceptedCAs", expected), (problem.Field, problem.Message));
    }

    [Fact]
    public void The_review_tells_of_each_that_is_not_the_CA_itself()
    {
        var config = SampleConfig.Parse(With(SampleConfig.Ca.Crt, Next.Crt));
        var cluster = ProvisionYaml.Parse(ProvisionYaml.Good);
        var warning = Assert.Single(MachineConfigReview.Of(cluster, cluster.FindNode("n4"), config).Warnings, w => w.Field == "machine.acceptedCAs");
        Assert.Contains(config.AcceptedCas[1].Fingerprint[..16], warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_configs_of_which_one_accepts_the_others_CA_are_of_one_cluster()
    {
        var cluster = ProvisionYaml.Parse(ProvisionYaml.Good);
        var node = cluster.FindNode("n4");
        var before = SampleConfig.Parse(With(Next.Crt));
        var after = SampleConfig.Parse(SampleConfig.With(SampleConfig.Ca.Crt, Next.Crt).Replace(SampleConfig.Ca.Key, Next.Key, StringComparison.Ordinal).Replace("hostname: n4", "hostname: n5", StringComparison.Ordinal));
        Assert.Empty(MachineConfigReview.OfAll([(node, before), (node, after)]).Problems);
        Assert.Single(MachineConfigReview.OfAll([(node, before with { AcceptedCas = [] }), (node, after)]).Problems, p => p.Field == "machine.ca.crt");
    }

    private static string With(params ReadOnlySpan<string> crts)
    {
        string list = "";
        foreach (string crt in crts) list += $"\n    - crt: {crt}";
        return SampleConfig.With("  token: abc", $"  acceptedCAs:{list}\n  token: abc");
    }
}
