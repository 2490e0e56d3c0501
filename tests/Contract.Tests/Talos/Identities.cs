extern alias provisioner;

using Kronform.Provision.Talos;
using SigningKey = provisioner::Kronform.Provision.Talos.Pki.SigningKey;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>The two ways to be an administrator: made from the CA's key (ECDSA, SslStream), or taken from a talosconfig (Ed25519, OpenSSL).</summary>
internal static class Identities
{
    public const string Minted = "minted";
    public const string Ed25519 = "talosconfig";

    public static TalosIdentity Of(TalosCa ca, string kind, TimeProvider? issued = null)
    {
        if (kind == Minted)
            return TalosIdentity.FromCa(ca, issued ?? TimeProvider.System);
        using var key = SigningKey.CreateEd25519();
        using var certificate = ca.SignClientCertificate(key.PublicKey, issued ?? TimeProvider.System, TimeSpan.FromHours(1));
        return TalosIdentity.FromPem(ca.ExportCertificatePem(), certificate.ExportCertificatePem(), key.ExportPem());
    }
}
