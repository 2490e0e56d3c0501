using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Kronform.Provision.Cluster.Schematics;

/// <summary>
/// What a Talos image of the Image Factory is made with. Its id is the SHA-256 of its canonical YAML, so that the same schematic has
/// one id everywhere, and it can be computed without asking (image-factory, pkg/schematic).
/// </summary>
public sealed record Schematic
{
    /// <summary>An image without any customization.</summary>
    public static Schematic Default { get; } = new();

    public SchematicOverlay? Overlay { get; init; }

    public string EmbeddedMachineConfiguration { get; init; } = "";

    public IReadOnlyList<string> ExtraKernelArgs { get; init; } = [];

    public IReadOnlyList<SchematicMeta> Meta { get; init; } = [];

    public IReadOnlyList<string> OfficialExtensions { get; init; } = [];

    /// <summary><c>sd-boot</c>, <c>grub</c> or <c>dual-boot</c>; empty leaves it to the release.</summary>
    public string Bootloader { get; init; } = "";

    public string EnrollKeys { get; init; } = "";

    public bool IncludeWellKnownCertificates { get; init; }

    /// <summary>0: the release's own, which is 512.</summary>
    public int SectorBytes { get; init; }

    /// <summary>64 lower-case hex digits.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalYaml)));

    /// <summary>Keys in the order of the Image Factory's records, four blanks a level, what is empty left out.</summary>
    public string CanonicalYaml
    {
        get
        {
            var yaml = new StringBuilder();
            WriteOverlay(yaml);
            var customization = new StringBuilder();
            WriteCustomization(customization);
            return (customization.Length == 0 ? yaml.Append("customization: {}\n") : yaml.Append("customization:\n").Append(customization)).ToString();
        }
    }

    private void WriteOverlay(StringBuilder yaml)
    {
        if (Overlay is null) return;
        yaml.Append(CultureInfo.InvariantCulture, $"overlay:\n    image: {GoYamlText.Write(Overlay.Image, 8)}\n    name: {GoYamlText.Write(Overlay.Name, 8)}\n");
        if (Overlay.Options.Count > 0) yaml.Append("    options:\n");
        foreach (var (key, value) in Overlay.Options)
            yaml.Append(CultureInfo.InvariantCulture, $"        {GoYamlText.Write(key, 0)}: {(value.IsText ? GoYamlText.Write(value.Text, 12) : value.Text)}\n");
    }

    private void WriteCustomization(StringBuilder yaml)
    {
        if (EmbeddedMachineConfiguration.Length > 0)
            yaml.Append(CultureInfo.InvariantCulture, $"    embeddedMachineConfiguration: {GoYamlText.Write(EmbeddedMachineConfiguration, 8)}\n");
        WriteList(yaml, "    ", "extraKernelArgs", ExtraKernelArgs);
        if (Meta.Count > 0) yaml.Append("    meta:\n");
        foreach (var meta in Meta)
            yaml.Append(CultureInfo.InvariantCulture, $"        - key: {meta.Key}\n          value: {GoYamlText.Write(meta.Value, SchematicMeta.ValueIndent)}\n");
        if (OfficialExtensions.Count > 0) yaml.Append("    systemExtensions:\n");
        WriteList(yaml, "        ", "officialExtensions", OfficialExtensions);
        if (Bootloader.Length > 0) yaml.Append(CultureInfo.InvariantCulture, $"    bootloader: {Bootloader}\n");
        if (EnrollKeys.Length > 0 || IncludeWellKnownCertificates) yaml.Append("    secureboot:\n");
        if (EnrollKeys.Length > 0) yaml.Append(CultureInfo.InvariantCulture, $"        enrollKeys: {EnrollKeys}\n");
        if (IncludeWellKnownCertificates) yaml.Append("        includeWellKnownCertificates: true\n");
        if (SectorBytes > 0) yaml.Append(CultureInfo.InvariantCulture, $"    diskImage:\n        sectorSize: {SectorBytes}\n");
    }

    private static void WriteList(StringBuilder yaml, string indent, string key, IReadOnlyList<string> texts)
    {
        if (texts.Count > 0) yaml.Append(CultureInfo.InvariantCulture, $"{indent}{key}:\n");
        foreach (var text in texts) yaml.Append(CultureInfo.InvariantCulture, $"{indent}    - {GoYamlText.Write(text, 0)}\n");
    }
}

/// <param name="Image">The overlay's container image.</param>
/// <param name="Name">Of the overlay within the image.</param>
/// <param name="Options">In the order in which they are written.</param>
public sealed record SchematicOverlay(string Image, string Name, IReadOnlyList<KeyValuePair<string, SchematicOption>> Options);

/// <param name="Text">As it is written.</param>
/// <param name="IsText">False for a number or a truth value, which is never quoted.</param>
public sealed record SchematicOption(string Text, bool IsText);

public sealed record SchematicMeta(byte Key, string Value)
{
    /// <summary>yaml.v3 indents by multiples of four, but a map in a list by two: 8, 10, then 12.</summary>
    internal const int ValueIndent = 12;
}
