using Kronform.Provision.Cluster.Schematics;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster;

/// <summary>The keys of the image section that name a Talos release instead of a file or an address.</summary>
internal static class TalosReleaseSection
{
    /// <summary>The first minor whose metal image the agent can write.</summary>
    private const int OldestMinor = 4;

    public static TalosRelease? Read(ConfigSection image, ConfigPaths paths, TalosVersion? clusterVersion)
    {
        var version = ReadVersion(image, clusterVersion);
        var schematic = ReadSchematic(image, paths);
        var publisher = ReadPublisher(image);
        var mirror = ReadMirror(image);
        ReadArchitecture(image);
        if (version is null) return null;
        return new TalosRelease(version, publisher ?? (schematic is null ? ImagePublisher.GitHub : ImagePublisher.Factory), schematic, mirror);
    }

    private static TalosVersion? ReadVersion(ConfigSection image, TalosVersion? clusterVersion)
    {
        const string shape = "a release like v1.13.9, or leave the key out to use cluster.talosVersion";
        var version = clusterVersion;
        if (image.Text("talos", shape) is { } text)
        {
            version = TalosVersion.TryParse(text);
            if (version is null) image.Report("talos", $"\"{text}\" is not a Talos version", $"write {shape}");
            // Selectors and validation are read by the rules of the cluster's minor; an image of another would obey others.
            else if (clusterVersion is not null && (version.Major, version.Minor) != (clusterVersion.Major, clusterVersion.Minor))
                image.Report("talos", $"is {version}, but cluster.talosVersion is {clusterVersion}", "write the image's release into cluster.talosVersion and leave this key out");
        }

        if (version is null || version.IsAtLeast(1, OldestMinor)) return version;
        image.Report("talos", $"{version} is older than v1.{OldestMinor}, whose image is not known here", "choose a newer release, or name the image by url or file");
        return null;
    }

    private static ImagePublisher? ReadPublisher(ConfigSection image)
    {
        switch (image.Text("source", "github or factory"))
        {
            case null: return null;
            case "factory": return ImagePublisher.Factory;
            case "github":
                if (image.Has("schematic")) image.Report("source", "is github, which has no images with a schematic", "write factory, or drop schematic");
                return ImagePublisher.GitHub;
            case var other:
                image.Report("source", $"\"{other}\" is no source of images", "write github or factory");
                return null;
        }
    }

    private static Uri? ReadMirror(ConfigSection image)
    {
        if (ImageSection.Address(image, "mirror") is not { } mirror) return null;
        if (mirror.Query.Length + mirror.Fragment.Length == 0) return mirror;
        image.Report("mirror", "has a query or fragment, so no path can be appended", "write the base address under which the publisher's paths lie");
        return null;
    }

    private static void ReadArchitecture(ConfigSection image)
    {
        switch (image.Text("architecture", "amd64"))
        {
            case null or "amd64": return;
            case "arm64":
                image.Report("architecture", "is arm64, and the rescue agent is built for amd64 only", "leave the key out");
                return;
            case var other:
                image.Report("architecture", $"\"{other}\" is no architecture of Talos", "write amd64, or leave the key out");
                return;
        }
    }

    private static SchematicChoice? ReadSchematic(ConfigSection image, ConfigPaths paths)
    {
        if (image.Find("schematic") is not { } entry) return null;
        const string remedy = "write a schematic's 64-digit id, { file: path }, or the schematic itself (customization: …)";
        if (entry.Value is YamlText { IsNull: false })
        {
            var id = image.Text("schematic", "the schematic's id");
            if (id is not null && ImageSection.DigestShape().IsMatch(id)) return new SchematicChoice(Id: id.ToLowerInvariant());
            if (id is not null) image.Report("schematic", $"\"{id}\" is not a schematic's id ({id.Length} characters)", remedy);
            return null;
        }

        if (image.Section("schematic", remedy) is not { } section) return null;
        if (!section.Has("file")) return new SchematicChoice(Inline: image.ReadSchematic("schematic"));
        var file = section.Text("file", "the path of a file with the schematic, relative to this file");
        foreach (var other in section.Entries.Where(e => e.Key.Value != "file"))
            section.Report(other.Key.Value, "stands beside file", "keep one of the two");
        return file is null ? null : new SchematicChoice(File: paths.Resolve(file));
    }
}
