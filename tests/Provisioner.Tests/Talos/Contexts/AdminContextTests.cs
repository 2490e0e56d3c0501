using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Provisioner.Tests.Cluster;
using Kronform.Provision.Talos;
using Kronform.Provision.Talos.Contexts;
using Kronform.Provision.Talos.Pki;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Talos.Contexts;

public sealed class AdminContextTests
{
    [Fact]
    public async Task It_holds_an_administrator_that_OpenSSL_accepts_under_the_clusters_CA()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        var context = AdminContext.Make(ProvisionYaml.Parse(ProvisionYaml.Good), [Config(ca)], TimeProvider.System);

        Assert.Equal("kronform", context.Name);
        Assert.Equal(["10.77.0.14"], context.Endpoints);
        Assert.StartsWith("-----BEGIN ED25519 PRIVATE KEY-----", context.KeyPem.Reveal(), StringComparison.Ordinal);
        using var identity = TalosIdentity.FromPem(context.CaPem, context.CertificatePem, context.KeyPem.Reveal());
        Assert.Equal(["os:admin"], identity.Roles);

        using var openssl = new OpenSslProgram();
        openssl.Write("ca.pem", context.CaPem);
        openssl.Write("crt.pem", context.CertificatePem);
        var (exit, output) = await openssl.RunAsync("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "ca.pem", "crt.pem");
        Assert.True(exit == 0, output);
    }

    [Fact]
    public void Without_addresses_the_host_of_the_Kubernetes_API_is_the_endpoint()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        var cluster = ProvisionYaml.Parse(ProvisionYaml.Good.Replace("    address: 10.77.0.14\n", "", StringComparison.Ordinal));

        Assert.Equal(["api.kronform.example"], AdminContext.Make(cluster, [Config(ca)], TimeProvider.System).Endpoints);
    }

    [Fact]
    public void Without_the_CAs_key_there_is_none() =>
        Assert.Equal(
            FailureCode.MachineConfigInvalid,
            Assert.Throws<ProvisionException>(() => AdminContext.Make(ProvisionYaml.Parse(ProvisionYaml.Good), [], TimeProvider.System)).Code);

    private static MachineConfig Config(TalosCa ca) => new()
    {
        File = "n4.yaml", Raw = default, Sha256 = "", Role = NodeRole.ControlPlane, RoleText = new ConfigText("", 1, 1),
        CaCertificatePem = ca.ExportCertificatePem(), CaKeyPem = new Secret(ca.ExportKeyPem()), CaFingerprint = "", CaPosition = (1, 1),
    };
}
