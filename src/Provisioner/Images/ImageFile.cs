using System.Security.Cryptography;
using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Images;

/// <summary>The image provision.yaml names, checked as far as it can be from here, before any server is touched.</summary>
public sealed record ImageFile
{
    /// <summary>For the agent's order: a local file goes through its standard input, an address is downloaded by the server.</summary>
    public required ImageSource Source { get; init; }

    /// <summary>The local file; null for an address.</summary>
    public string? Path { get; init; }

    /// <summary>Null for an address: the agent tells it from the bytes.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>Reads a local file whole, to compare its digest; an address is not contacted, the agent checks its digest.</summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.ImageUnavailable"/>, <see cref="FailureCode.ImageDigest"/> or
    /// <see cref="FailureCode.ImageFormat"/>.</exception>
    public static async Task<ImageFile> OpenAsync(ImageReference reference, CancellationToken cancellation)
    {
        if (reference.Url is { } url) return FromAddress(url, reference.Sha256);
        var path = reference.File!;
        try
        {
            await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.Asynchronous);
            // The format first: it costs nothing and its answer says more about a wrong file than two digests do.
            var format = ImageSniffer.Sniff(stream, path);
            await RequireDigest(stream, path, reference.Sha256, cancellation);
            return new ImageFile
            {
                Path = path,
                Format = format,
                Source = new ImageSource
                {
                    Kind = "stdin",
                    Sha256 = reference.Sha256,
                    LengthBytes = stream.Length,
                    ExpandedBytes = format switch
                    {
                        ImageFormat.Raw => stream.Length,
                        ImageFormat.Zstd => ZstdLength.Read(stream),
                        _ => null,
                    },
                },
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.ImageUnavailable, $"Opening the image {path}; nothing was touched",
                "Download it there, or correct image.file in provision.yaml.", error);
        }
    }

    /// <summary>A new reader at the start of the local file; the caller disposes it.</summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.ImageUnavailable"/> when it is gone or has another length than checked.</exception>
    public Stream OpenRead()
    {
        FileStream stream;
        try
        {
            stream = new FileStream(Path!, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.ImageUnavailable, $"Opening the image {Path} again to send it", "Put it back and run again.", error);
        }

        if (stream.Length == Source.LengthBytes) return stream;
        stream.Dispose();
        throw new ProvisionException(FailureCode.ImageUnavailable,
            $"Opening the image {Path} again to send it: it has another length than when it was checked", "Run again when the file no longer changes.");
    }

    private static ImageFile FromAddress(Uri url, string sha256)
    {
        var name = url.AbsolutePath;
        string[] wrong = [".iso", ".qcow2", ".tar.gz", ".tgz", ".zip", "-uki.efi"];
        if (wrong.FirstOrDefault(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } found)
            throw new ProvisionException(FailureCode.ImageFormat, $"Looking at the image {url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)}: {found} cannot be written to a disk; nothing was touched",
                "Use the address of the metal disk image (metal-amd64.raw.zst).");
        return new ImageFile { Source = new ImageSource { Kind = "http", Url = url.AbsoluteUri, Sha256 = sha256 } };
    }

    private static async Task RequireDigest(FileStream stream, string path, string expected, CancellationToken cancellation)
    {
        stream.Position = 0;
        var actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
        if (actual != expected)
            throw new ProvisionException(FailureCode.ImageDigest,
                $"Checking the image {path} ({stream.Length} bytes): its SHA-256 is {actual}, provision.yaml says {expected}; nothing was touched",
                "Download the image again, or correct image.sha256 if another image is meant.");
    }
}
