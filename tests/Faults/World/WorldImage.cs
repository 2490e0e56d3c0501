using System.Diagnostics;
using System.Security.Cryptography;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Faults.Scenarios;

namespace Kronform.Provision.Faults.World;

/// <summary>The image that provision.yaml names: sound, or with what is wrong with it.</summary>
internal sealed class WorldImage
{
    public const int MetaBytes = 2 * 262144;
    private static readonly TestImage Sound = TestImage.Small();

    public required string File { get; init; }

    /// <summary>As pinned.</summary>
    public required string Sha256 { get; init; }

    public string? Url { get; init; }

    public ImageServer? Server { get; init; }

    public static long MetaOffset => Sound.MetaOffset;

    public static int Bytes => Sound.Raw.Length;

    public static byte[] Expected(string nonce) => Sound.Expected(nonce);

    public static WorldImage Make(ImagePlan plan, string folder)
    {
        string file = Path.Combine(folder, "metal.raw");
        byte[] raw = plan.What switch
        {
            "not-an-image" => [.. Enumerable.Repeat((byte)'x', 100_000)],
            "too-large" => Larger(),
            "no-meta" => WithoutMeta(),
            _ => Sound.Raw,
        };
        byte[] packed = Pack(raw, plan.Packed, file);
        byte[] bytes = plan.What switch
        {
            "truncated" => packed[..(packed.Length * 2 / 3)],
            "corrupt" => Corrupt(packed),
            "garbage-behind" => [.. packed, .. "garbage"u8],
            _ => packed,
        };
        System.IO.File.WriteAllBytes(file + Suffix(plan.Packed), bytes);
        string pinned = Convert.ToHexStringLower(SHA256.HashData(plan.What == "wrong-digest" ? [1] : bytes));
        var server = plan.What.StartsWith("url", StringComparison.Ordinal) ? Serve(plan.What, bytes) : null;
        return new WorldImage { File = file + Suffix(plan.Packed), Sha256 = pinned, Server = server, Url = server is null ? null : server.Url + Suffix(plan.Packed) };
    }

    private static ImageServer Serve(string what, byte[] bytes) => what switch
    {
        "url" => new ImageServer(asked => ImageServer.Good(bytes, asked)),
        "url-cut" => new ImageServer(asked => ImageServer.Cut(bytes, asked, bytes.Length / 4, Ending.Reset)),
        "url-404" => ImageServer.Always("HTTP/1.1 404 Not Found\r\nContent-Length: 0", []),
        "url-500" => ImageServer.Always("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0", []),
        "url-500-once" => new ImageServer(asked => asked.Number <= 1 ? new Answer("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0", []) : ImageServer.Good(bytes, asked)),
        "url-other-bytes" => new ImageServer(asked => ImageServer.Good(Corrupt(bytes), asked)),
        "url-page" => ImageServer.Always("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20", "<html>moved</html>  "u8.ToArray()),
        "url-lying-length" => new ImageServer(_ => new Answer($"HTTP/1.1 200 OK\r\nContent-Length: {bytes.Length}", bytes[..(bytes.Length / 2)])),
        _ => throw new InvalidOperationException($"no web server does {what}"),
    };

    private static byte[] Corrupt(byte[] bytes)
    {
        var corrupt = bytes.ToArray();
        corrupt[bytes.Length / 2] ^= 0xff;
        return corrupt;
    }

    private static byte[] Larger()
    {
        var large = new byte[40 << 20];
        TestGpt.Put(large, 512, ("META", TestImage.LinuxData, 2048, 4095), ("EFI", TestImage.Esp, 4096, 60000));
        new Random(5).NextBytes(large.AsSpan(3 << 20, 20 << 20));
        return large;
    }

    private static byte[] WithoutMeta()
    {
        var raw = Sound.Raw.ToArray();
        TestGpt.Put(raw, 512, ("EFI", TestImage.Esp, 4096, 8191));
        return raw;
    }

    private static string Suffix(string packed) => packed == "raw" ? "" : "." + packed;

    private static byte[] Pack(byte[] raw, string packed, string file)
    {
        if (packed == "raw") return raw;
        System.IO.File.WriteAllBytes(file, raw);
        string program = packed switch { "zst" => "zstd", "xz" => "xz", "gz" => "gzip", _ => throw new InvalidOperationException($"no packer for {packed}") };
        var start = new ProcessStartInfo(program, ["-q", "-1", "-c", file]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        using var bytes = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(bytes);
        process.WaitForExit();
        return process.ExitCode == 0 ? bytes.ToArray() : throw new InvalidOperationException($"{program} failed");
    }
}
