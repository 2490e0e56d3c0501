using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>What the Kubeconfig call streams: a gzipped tar with one file.</summary>
internal static class KubeconfigArchive
{
    /// <summary>In Talos's form: cluster NAME, user and context admin@NAME. The certificates are placeholders that nothing verifies.</summary>
    public static byte[] Of(string cluster, string endpoint, string authority)
    {
        string text = $"""
            apiVersion: v1
            kind: Config
            clusters:
              - name: {cluster}
                cluster:
                  server: {endpoint}
                  certificate-authority-data: {authority}
            users:
              - name: admin@{cluster}
                user:
                  client-certificate-data: {Convert.ToBase64String(Guid.NewGuid().ToByteArray())}
                  client-key-data: {Convert.ToBase64String(Guid.NewGuid().ToByteArray())}
            contexts:
              - context:
                  cluster: {cluster}
                  namespace: default
                  user: admin@{cluster}
                name: admin@{cluster}
            current-context: admin@{cluster}

            """;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "kubeconfig")
            {
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)), Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }

        return packed.ToArray();
    }
}
