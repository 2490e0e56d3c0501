using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kronform.Provision.Talos.Pki;

/// <summary>
/// The private key of a CA, of any of the kinds Talos accepts (Ed25519 by default; ECDSA and RSA since 1.10.3). Signs
/// certificates; never prints itself.
/// </summary>
internal abstract class SigningKey : IDisposable
{
    private const string Ed25519Oid = "1.3.101.112";
    private const string EcOid = "1.2.840.10045.2.1";
    private const string RsaOid = "1.2.840.113549.1.1.1";

    public abstract PublicKey PublicKey { get; }

    /// <summary>The digest that goes with the key; Ed25519 does its own hashing and ignores it.</summary>
    public abstract HashAlgorithmName Digest { get; }

    public abstract X509SignatureGenerator Generator { get; }

    /// <summary>PEM with the label Talos itself writes for this kind of key.</summary>
    public abstract string ExportPem();

    public abstract void Dispose();

    /// <exception cref="CryptographicException">Not a private key of a kind Talos uses. The text never quotes the key.</exception>
    public static SigningKey FromPem(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var fields))
            throw new CryptographicException("Reading the CA's private key: there is no PEM block in it.");

        var label = pem[fields.Label];
        var der = new byte[fields.DecodedDataLength];
        if (!Convert.TryFromBase64Chars(pem.AsSpan()[fields.Base64Data], der, out _))
            throw new CryptographicException($"Reading the CA's private key: the block '{label}' is not valid base64.");

        try
        {
            return label switch
            {
                // Go writes ordinary PKCS#8 under this label of its own, so only the label is unusual.
                "ED25519 PRIVATE KEY" or "PRIVATE KEY" => FromPkcs8(der),
                "EC PRIVATE KEY" => ImportEc(key => key.ImportECPrivateKey(der, out _)),
                "RSA PRIVATE KEY" => ImportRsa(key => key.ImportRSAPrivateKey(der, out _)),
                _ => throw new CryptographicException(
                    $"Reading the CA's private key: a PEM block '{label}' is not a private key Talos uses."),
            };
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException($"Reading the CA's private key: the block '{label}' does not hold one.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    public static SigningKey CreateEd25519() => new Ed25519Key(RandomNumberGenerator.GetBytes(Ed25519.SeedSize));

    public static SigningKey CreateEcdsa() => new EcKey(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    private static SigningKey FromPkcs8(byte[] der)
    {
        // PrivateKeyInfo ::= SEQUENCE { version, algorithm SEQUENCE { oid, … }, privateKey OCTET STRING, … } (RFC 5958)
        var info = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        info.ReadInteger();
        var oid = info.ReadSequence().ReadObjectIdentifier();
        var content = info.ReadOctetString();

        return oid switch
        {
            // CurvePrivateKey ::= OCTET STRING inside the OCTET STRING (RFC 8410, 7)
            Ed25519Oid => new Ed25519Key(new AsnReader(content, AsnEncodingRules.DER).ReadOctetString()),
            EcOid => ImportEc(key => key.ImportPkcs8PrivateKey(der, out _)),
            RsaOid => ImportRsa(key => key.ImportPkcs8PrivateKey(der, out _)),
            _ => throw new CryptographicException($"Reading the CA's private key: keys of kind {oid} are not used by Talos."),
        };
    }

    private static EcKey ImportEc(Action<ECDsa> import)
    {
        var key = ECDsa.Create();
        try
        {
            import(key);
            return new EcKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static RsaKey ImportRsa(Action<RSA> import)
    {
        var key = RSA.Create();
        try
        {
            import(key);
            return new RsaKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private sealed class Ed25519Key : SigningKey
    {
        private readonly byte[] _seed;

        public Ed25519Key(byte[] seed)
        {
            if (seed.Length != Ed25519.SeedSize)
                throw new CryptographicException($"Reading the CA's private key: an Ed25519 key has {Ed25519.SeedSize} bytes, not {seed.Length}.");

            _seed = seed;
            PublicKey = SubjectPublicKey(Ed25519.PublicKey(seed));
            Generator = new Ed25519Generator(PublicKey, seed);
        }

        public override PublicKey PublicKey { get; }

        public override HashAlgorithmName Digest => HashAlgorithmName.SHA512;

        public override X509SignatureGenerator Generator { get; }

        public override string ExportPem()
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteInteger(0);
                using (writer.PushSequence())
                    writer.WriteObjectIdentifier(Ed25519Oid);
                using (writer.PushOctetString())
                    writer.WriteOctetString(_seed);
            }

            return PemEncoding.WriteString("ED25519 PRIVATE KEY", writer.Encode());
        }

        public override void Dispose() => CryptographicOperations.ZeroMemory(_seed);

        private static PublicKey SubjectPublicKey(byte[] publicKey)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                    writer.WriteObjectIdentifier(Ed25519Oid);
                writer.WriteBitString(publicKey);
            }

            return PublicKey.CreateFromSubjectPublicKeyInfo(writer.Encode(), out _);
        }
    }

    private sealed class Ed25519Generator(PublicKey publicKey, byte[] seed) : X509SignatureGenerator
    {
        // AlgorithmIdentifier { 1.3.101.112 } without parameters, as RFC 8410, 3 demands.
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => [0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70];

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => Ed25519.Sign(seed, data);

        protected override PublicKey BuildPublicKey() => publicKey;
    }

    private sealed class EcKey(ECDsa key) : SigningKey
    {
        public override PublicKey PublicKey => Generator.PublicKey;

        public override HashAlgorithmName Digest => key.KeySize switch
        {
            <= 256 => HashAlgorithmName.SHA256,
            <= 384 => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };

        public override X509SignatureGenerator Generator { get; } = X509SignatureGenerator.CreateForECDsa(key);

        public override string ExportPem() => key.ExportECPrivateKeyPem();

        public override void Dispose() => key.Dispose();
    }

    private sealed class RsaKey(RSA key) : SigningKey
    {
        public override PublicKey PublicKey => Generator.PublicKey;

        public override HashAlgorithmName Digest => HashAlgorithmName.SHA256;

        public override X509SignatureGenerator Generator { get; } = X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1);

        public override string ExportPem() => key.ExportRSAPrivateKeyPem();

        public override void Dispose() => key.Dispose();
    }
}
