namespace Kronform.Provision.Images;

/// <summary>How the image is packed. Told by its first bytes, never by its name.</summary>
public enum ImageFormat
{
    Raw,
    Zstd,
    Xz,
    Gzip,

    /// <summary>A packed archive with the image as its only member, as releases up to 1.4 have it.</summary>
    GzipTar,
}
