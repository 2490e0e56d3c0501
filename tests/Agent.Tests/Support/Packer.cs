using System.Diagnostics;
using System.Formats.Tar;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>Packs by the real tools.</summary>
internal static class Packer
{
    public static byte[] Pack(byte[] raw, string tool, params string[] arguments)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["raw"], raw);
        using var process = Process.Start(new ProcessStartInfo(tool, [.. arguments, folder["raw"]]) { RedirectStandardOutput = true })!;
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }

    public static byte[] TarGzip(byte[] raw, params string[] members)
    {
        using var packed = new MemoryStream();
        using (var tar = new TarWriter(packed, TarEntryFormat.Ustar, leaveOpen: true))
            foreach (var name in members) tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(raw) });
        return WriteRig.Gzip(packed.ToArray());
    }

    /// <summary>As the file of one of the formats that images come in.</summary>
    public static byte[] As(string format, byte[] raw) => format switch
    {
        "raw" => raw,
        "raw.gz" => WriteRig.Gzip(raw),
        "tar.gz" => TarGzip(raw, "disk.raw"),
        "raw.xz" => Pack(raw, "xz", "-0", "-T2", "--block-size=1048576", "-c"),
        "raw.zst" => Pack(raw, "zstd", "-q", "-1", "-c"),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };
}
