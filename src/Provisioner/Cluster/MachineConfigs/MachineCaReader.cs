using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs;

internal sealed record MachineCa(string CertificatePem, string Fingerprint, Secret? KeyPem, ConfigText Place);

/// <summary>Reads <c>machine.ca</c>: base64 of PEM text. What is wrong is said without a single character of the values.</summary>
internal sealed class MachineCaReader(ProblemList problems)
{
    public MachineCa? Read(YamlMap main)
    {
        var crt = main.FindPath("machine", "ca", "crt");
        if (crt?.Value is not YamlText { IsNull: false, Value.Length: > 0 } certificateText)
        {
            var at = crt?.Key ?? main.FindPath("machine", "ca")?.Key ?? main.Find("machine")?.Key;
            problems.Add((YamlNode?)at ?? main, "machine.ca.crt", "is missing",
                "write the Talos API CA's certificate, as talosctl gen config does");
            return null;
        }

        var certificate = Decode(crt, certificateText, "machine.ca.crt");
        if (certificate is null) return null;
        var fingerprint = Fingerprint(certificate);
        if (fingerprint is null)
        {
            problems.Add(crt.Key, "machine.ca.crt", "is not a certificate", "write base64 of the PEM text, as talosctl gen config does");
            return null;
        }

        return new MachineCa(certificate, fingerprint, ReadKey(main), new ConfigText("", crt.Key.Line, crt.Key.Column) { File = crt.Key.File == problems.File ? null : crt.Key.File });
    }

    private Secret? ReadKey(YamlMap main)
    {
        var key = main.FindPath("machine", "ca", "key");
        if (key?.Value is not YamlText { IsNull: false, Value.Length: > 0 } text) return null;
        if (Decode(key, text, "machine.ca.key") is not { } pem) return null;
        // Talos labels PKCS#8 "ED25519 PRIVATE KEY"; EC, RSA and plain labels are accepted too, so only the ending is checked.
        if (pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal)) return new Secret(pem);
        problems.Add(key.Key, "machine.ca.key", "is not a private key", "write base64 of the PEM text, as talosctl gen config does");
        return null;
    }

    private string? Decode(YamlEntry entry, YamlText text, string field)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text.Value));
        }
        catch (FormatException)
        {
            problems.Add(entry.Key, field, "is not base64", "write base64 of the PEM text, as talosctl gen config does");
            return null;
        }
    }

    private static string? Fingerprint(string pem)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            return certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
