namespace Kronform.Provision.Images;

/// <summary>How the image is packed. Told by its first bytes, never by its name.</summary>
public enum ImageFormat
{
    Raw,
    Zstd,
    Xz,
    Gzip,
}
