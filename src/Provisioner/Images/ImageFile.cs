using System.Security.Cryptography;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Images;

/// <summary>The image as the runs use it, checked as far as it can be from here, before any server is touched.</summary>
public sealed record ImageFile
{
    /// <summary>For the agent's order: a local file goes through its standard input, an address is downloaded by the server.</summary>
    public required ImageSource Source { get; init; }

    /// <summary>The local file, given or downloaded; null when the server downloads.</summary>
    public string? Path { get; init; }

    /// <summary>Null when the server downloads: the agent tells it from the bytes.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>What the release's image usually expands to; an expectation, which image options change.</summary>
    public long? ExpectedBytes { get; init; }

    /// <summary>Where the digest is from, for people.</summary>
    public string DigestSource { get; init; } = "provision.yaml";

    /// <summary>What an operator should know, and nothing stops for.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The best that is known of the expanded size before it is written.</summary>
    public long? SizeBytes => Source.ExpandedBytes ?? ExpectedBytes;

    /// <summary>What runs that send this image share.</summary>
    public PushTurns Turns { get; } = new();

    /// <summary>Reads a local file whole, to compare its digest.</summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.ImageUnavailable"/>, <see cref="FailureCode.ImageDigest"/> or
    /// <see cref="FailureCode.ImageFormat"/>.</exception>
    public static async Task<ImageFile> OpenAsync(string path, string sha256, CancellationToken cancellation)
    {
        try
        {
            await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.Asynchronous);
            // The format first: it costs nothing and its answer says more about a wrong file than two digests do.
            var format = ImageSniffer.Sniff(stream, path);
            await RequireDigest(stream, path, sha256, cancellation);
            return new ImageFile
            {
                Path = path,
                Format = format,
                Source = new ImageSource
                {
                    Kind = "stdin",
                    Sha256 = sha256,
                    LengthBytes = stream.Length,
                    ExpandedBytes = format switch
                    {
                        ImageFormat.Raw => stream.Length,
                        ImageFormat.Zstd => ZstdLength.Read(stream),
                        ImageFormat.Xz => XzLength.Read(stream),
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

    /// <summary>An address for the server to download.</summary>
    public static ImageFile FromAddress(ImageAddress address, string sha256) => new()
    {
        ExpectedBytes = address.ExpectedBytes,
        Source = new ImageSource { Kind = "http", Url = address.Url.AbsoluteUri, Mirrors = [.. address.Mirrors.Select(m => m.AbsoluteUri)], Sha256 = sha256 },
    };

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
