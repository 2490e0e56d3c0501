using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs;

internal sealed record MachineCa(string CertificatePem, string Fingerprint, Secret? KeyPem, ConfigText Place);

/// <summary>Reads <c>machine.ca</c> and <c>machine.acceptedCAs</c>: base64 of PEM text. What is wrong is said without a single character of the values.</summary>
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

        return new MachineCa(certificate, fingerprint, ReadKey(main), At(crt.Key));
    }

    /// <summary>Empty when there are none. An element holds one certificate, or several in one PEM text.</summary>
    public IReadOnlyList<AcceptedCa> ReadAccepted(YamlMap main)
    {
        const string field = "machine.acceptedCAs";
        var entry = main.FindPath("machine", "acceptedCAs");
        if (entry is null or { Value: YamlText { IsNull: true } }) return [];
        if (entry.Value is not YamlList list)
        {
            problems.Add(entry.Key, field, "is not a list", "write elements with crt below it");
            return [];
        }

        var accepted = new List<AcceptedCa>();
        foreach (var item in list.Items)
        {
            if ((item as YamlMap)?.Find("crt") is not { Value: YamlText { IsNull: false, Value.Length: > 0 } text } crt)
                problems.Add(item, field, "has no crt", "write the CA's certificate, as talosctl rotate-ca does");
            else if (Decode(crt, text, field) is { } pem)
                accepted.AddRange(Certificates(crt, pem, field));
        }

        return accepted;
    }

    private List<AcceptedCa> Certificates(YamlEntry crt, string pem, string field)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
            if (found.Count > 0)
                return [.. found.Select(c => new AcceptedCa(c.ExportCertificatePem(), c.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant(), At(crt.Key)))];
        }
        catch (CryptographicException)
        {
            // Told below, without a word of the value.
        }
        finally
        {
            foreach (var certificate in found) certificate.Dispose();
        }

        problems.Add(crt.Key, field, "is not a certificate", "write base64 of the PEM text, as talosctl rotate-ca does");
        return [];
    }

    private ConfigText At(YamlText key) => new("", key.Line, key.Column) { File = key.File == problems.File ? null : key.File };

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
