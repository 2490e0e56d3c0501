using Kronform.Provision.Cluster.Schematics;

namespace Kronform.Provision.Cluster;

/// <summary>The image as provision.yaml names it: a file, an address, or a Talos release; exactly one of the three.</summary>
public sealed record ImageReference
{
    /// <summary>A file on this workstation.</summary>
    public string? File { get; init; }

    public Uri? Url { get; init; }

    /// <summary>Further addresses of the same bytes, tried in order after <see cref="Url"/>.</summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } = [];

    public TalosRelease? Talos { get; init; }

    /// <summary>Of the file as transferred (compressed), lower-case hex; null when it is to be found out. A file always has one.</summary>
    public string? Sha256 { get; init; }

    public ImageDelivery Delivery { get; init; }
}

/// <summary>Who brings the image to the server.</summary>
public enum ImageDelivery
{
    /// <summary>The server downloads an address; a file is sent.</summary>
    Auto,

    /// <summary>The server downloads it itself.</summary>
    Pull,

    /// <summary>This workstation sends it, an address by way of its cache: for servers without a way out.</summary>
    Push,
}

/// <summary>Where a Talos release's image comes from.</summary>
public enum ImagePublisher
{
    GitHub,
    Factory,
}

/// <summary>A metal image of a Talos release.</summary>
/// <param name="Version">The release.</param>
/// <param name="Publisher">Releases on GitHub, or the Image Factory.</param>
/// <param name="Schematic">For the Image Factory; null for one without customization.</param>
/// <param name="Mirror">Holds the publisher's files under the publisher's paths, and is asked instead of it.</param>
public sealed record TalosRelease(TalosVersion Version, ImagePublisher Publisher, SchematicChoice? Schematic = null, Uri? Mirror = null);

/// <summary>How provision.yaml names a schematic; exactly one of the three.</summary>
/// <param name="Id">64 lower-case hex digits.</param>
/// <param name="File">Path of a file that holds the schematic.</param>
/// <param name="Inline">The schematic itself.</param>
public sealed record SchematicChoice(string? Id = null, string? File = null, Schematic? Inline = null);
