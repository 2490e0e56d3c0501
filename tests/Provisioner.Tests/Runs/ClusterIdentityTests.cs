using System.Security.Cryptography;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Runs;
using Kronform.Provision.Talos.Contexts;
using Kronform.Provision.Talos.Pki;
using Kronform.Provision.Provisioner.Tests.Cluster;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

/// <summary>Whose certificate a run shows to configured nodes.</summary>
public sealed class ClusterIdentityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("identity-").FullName;
    private readonly TalosCa _ca = TalosCa.Create(TimeProvider.System);
    private readonly List<string> _warnings = [];

    private string File => Path.Combine(_folder, "talosconfig");

    [Fact]
    public void A_machine_config_with_the_CAs_key_is_enough()
    {
        using var identity = ClusterIdentity.Of(Cluster(null), [Config(_ca, withKey: false), Config(_ca, withKey: true)], _warnings.Add, TimeProvider.System);

        Assert.Equal(["os:admin"], identity.Roles);
        Assert.True(identity.Client.HasPrivateKey);
    }

    [Fact]
    public void Without_it_the_context_of_the_same_CA_is_taken_whichever_is_current()
    {
        using var other = TalosCa.Create(TimeProvider.System);
        Write("other", other);
        Write("ours", _ca);

        using var identity = ClusterIdentity.Of(Cluster(File), [Config(_ca, withKey: false)], _warnings.Add, TimeProvider.System);

        Assert.Equal(_ca.Certificate.RawData, identity.Authorities.Single().RawData);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void With_neither_both_ways_out_are_named()
    {
        var e = Assert.Throws<ProvisionException>(() => ClusterIdentity.Of(Cluster(null), [Config(_ca, withKey: false)], _warnings.Add, TimeProvider.System));

        Assert.Equal(FailureCode.MachineConfigInvalid, e.Code);
        Assert.Contains("cluster.talosconfig", e.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_talosconfig_of_another_cluster_is_refused_by_name()
    {
        using var other = TalosCa.Create(TimeProvider.System);
        Write("other", other);

        var e = Assert.Throws<ProvisionException>(() => ClusterIdentity.Of(Cluster(File), [Config(_ca, withKey: false)], _warnings.Add, TimeProvider.System));

        Assert.Equal(FailureCode.Talosconfig, e.Code);
        Assert.Contains("context \"other\" is of another cluster than n1.yaml", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "expired on")]
    [InlineData(-2, "is valid only from")]
    public void A_certificate_out_of_its_time_is_refused_before_anything_is_asked(int days, string text)
    {
        Write("ours", _ca);
        var then = new ManualTime(TimeProvider.System.GetUtcNow().AddDays(days));

        var e = Assert.Throws<ProvisionException>(() => ClusterIdentity.Of(Cluster(File), [Config(_ca, withKey: false)], _warnings.Add, then));

        Assert.Equal(FailureCode.Talosconfig, e.Code);
        Assert.Contains(text, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lesser_role_is_a_warning()
    {
        Write("ours", _ca, "os:reader");

        ClusterIdentity.Of(Cluster(File), [Config(_ca, withKey: false)], _warnings.Add, TimeProvider.System).Dispose();

        Assert.Contains("has not the role os:admin", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void While_the_CA_is_being_replaced_the_accepted_ones_are_trusted_too_and_once()
    {
        using var next = TalosCa.Create(TimeProvider.System);
        var config = Accepting(Config(_ca, withKey: true), _ca, next, next);

        using var minted = ClusterIdentity.Of(Cluster(null), [config], _warnings.Add, TimeProvider.System);
        Assert.Equal([_ca.Certificate.RawData, next.Certificate.RawData], minted.Authorities.Select(a => a.RawData));

        Write("ours", _ca);
        using var read = ClusterIdentity.Of(Cluster(File), [Accepting(Config(_ca, withKey: false), next)], _warnings.Add, TimeProvider.System);
        Assert.Equal([_ca.Certificate.RawData, next.Certificate.RawData], read.Authorities.Select(a => a.RawData));
    }

    [Fact]
    public void A_talosconfig_of_the_CA_that_is_still_accepted_is_of_this_cluster_and_others_stay_foreign()
    {
        using var old = TalosCa.Create(TimeProvider.System);
        using var stranger = TalosCa.Create(TimeProvider.System);
        Write("stranger", stranger);
        var config = Accepting(Config(_ca, withKey: false), old);
        Assert.Throws<ProvisionException>(() => ClusterIdentity.Of(Cluster(File), [config], _warnings.Add, TimeProvider.System));
        Write("old", old);
        ClusterIdentity.Of(Cluster(File), [config], _warnings.Add, TimeProvider.System).Dispose();
    }

    public void Dispose()
    {
        _ca.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Write(string name, TalosCa ca, string role = "os:admin")
    {
        using var key = SigningKey.CreateEd25519();
        using var certificate = ca.SignClientCertificate(key.PublicKey, TimeProvider.System, TimeSpan.FromDays(1), role);
        TalosconfigFile.Merge(File, new TalosContext(name, ["192.0.2.1"], [], ca.ExportCertificatePem(), certificate.ExportCertificatePem(), new Secret(key.ExportPem())));
    }

    private static MachineConfig Accepting(MachineConfig config, params ReadOnlySpan<TalosCa> cas)
    {
        var accepted = new List<AcceptedCa>();
        foreach (var ca in cas) accepted.Add(new AcceptedCa(ca.ExportCertificatePem(), Convert.ToHexStringLower(SHA256.HashData(ca.Certificate.RawData)), new ConfigText("", 1, 1)));
        return config with { AcceptedCas = accepted };
    }

    private static ClusterSpec Cluster(string? talosconfig) => ProvisionYaml.Parse(ProvisionYaml.Good) with { Talosconfig = talosconfig };

    private static MachineConfig Config(TalosCa ca, bool withKey) => new()
    {
        File = "n1.yaml", Raw = default, Sha256 = "", Role = withKey ? NodeRole.ControlPlane : NodeRole.Worker, RoleText = new ConfigText("", 1, 1),
        CaCertificatePem = ca.ExportCertificatePem(), CaFingerprint = Convert.ToHexStringLower(SHA256.HashData(ca.Certificate.RawData)), CaPosition = (1, 1),
        CaKeyPem = withKey ? new Secret(ca.ExportKeyPem()) : null,
    };
}
