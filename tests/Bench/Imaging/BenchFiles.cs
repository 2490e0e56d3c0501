using System.Security.Cryptography;

namespace Kronform.Provision.Bench.Imaging;

/// <summary>One image in one format, made once and kept beside the others.</summary>
internal sealed record BenchFile(BenchImage Image, string Format, string Folder)
{
    public string Raw => Path.Combine(Folder, Image.Name, "disk.raw");

    public string Packed => Path.Combine(Folder, Image.Name, Format == "gz" ? "disk.tar.gz" : $"disk.raw.{Format}");

    public string Map => Path.Combine(Folder, Image.Name, "disk.bmap");

    /// <summary>Expands standard input to standard output.</summary>
    public string Expand => Format switch { "zst" => "zstd -dc", "xz" => "xz -dc", _ => "tar -xzOf -" };

    public async Task<string> Sha256Async(CancellationToken cancellation)
    {
        await using var file = File.OpenRead(Packed);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
    }

    public async Task PrepareAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Raw)!);
        if (!File.Exists(Raw))
        {
            Image.Write(Raw + ".part");
            File.Move(Raw + ".part", Raw);
        }

        if (!File.Exists(Map)) await Measured.RunAsync($"bmaptool -q create -o {Map} {Raw}", cancellation);
        if (File.Exists(Packed)) return;
        Console.WriteLine($"packing {Path.GetFileName(Packed)} of the {Image.Name} image");
        // As the releases are made: zstd and xz with their usual levels, xz in one block unless told otherwise.
        var pack = Format switch
        {
            "zst" => $"zstd -q -T0 {Raw} -o {Packed}.part",
            "xz" => $"xz -c -T0 {Raw} > {Packed}.part",
            _ => $"tar -C {Path.GetDirectoryName(Raw)} -czf {Packed}.part disk.raw",
        };
        await Measured.RunAsync(pack, cancellation);
        File.Move(Packed + ".part", Packed);
    }
}
