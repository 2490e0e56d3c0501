using System.Text.Json;
using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Builds;

/// <summary>
/// The rescue system and the disk image of the rack, built on first use and kept outside the repository under a name made
/// of everything that went into them. Needs the packages of scripts/rack-packages and, for a cold build, apt's sources.
/// </summary>
/// <param name="say">Told what is being built and how long it took.</param>
public sealed class RackImages(TimeProvider time, Action<string> say)
{
    public const string TalosVersion = "v1.13.9";

    /// <summary>Given instead of the emulator's path: an operating system that answers one line on port 50000.</summary>
    public const string StandIn = "stand-in";

    private readonly BuildCache _cache = new(BuildCache.DefaultFolder, time, say);

    private static string Scripts => Path.Combine(AppContext.BaseDirectory, "images");

    /// <summary>The rescue alone, which is all a rack needs to run.</summary>
    public async Task<RescueImage> RescueAsync(CancellationToken cancellation)
    {
        var kernel = await DebianKernel.ResolveAsync(_cache.Folder, cancellation);
        var key = BuildKey.Of([.. Directory.GetFiles(Scripts, "rescue*")], [kernel, Environment.IsPrivilegedProcess ? "root" : "user"]);
        var folder = await _cache.EnsureAsync("rescue", key, "the Debian rescue system",
            (into, token) => Tool.RunAsync("bash", [Path.Combine(Scripts, "rescue.sh"), into, kernel], token), cancellation);
        return new RescueImage(folder);
    }

    /// <param name="emulator">Path of the published talos-emulator, or <see cref="StandIn"/>.</param>
    /// <param name="version">The Talos version the installed system claims.</param>
    public async Task<DiskImage> DiskAsync(string emulator, string version, CancellationToken cancellation)
    {
        var rescue = await RescueAsync(cancellation);
        var program = emulator == StandIn ? Path.Combine(Scripts, StandIn) : Path.GetFullPath(emulator);
        if (!File.Exists(program))
            throw new ToolException($"there is no Talos emulator at {program}; build it by: dotnet publish tests/TalosEmulator -c Release -r linux-x64");
        var key = BuildKey.Of([.. Directory.GetFiles(Scripts, "talos-*"), program], [Path.GetFileName(rescue.Folder), version]);
        var folder = await _cache.EnsureAsync("talos-disk", key, $"the Talos disk image {version}",
            (into, token) => Tool.RunAsync("bash", [Path.Combine(Scripts, "talos-disk.sh"), into, rescue.Folder, program, version], token),
            cancellation);
        return DiskImage.Read(folder, version);
    }

    /// <summary>Where <c>dotnet publish -c Release -r linux-x64</c> leaves the emulator, seen from any project's output folder.</summary>
    public static string DefaultEmulator
    {
        get
        {
            if (Environment.GetEnvironmentVariable("RACK_TALOS_EMULATOR") is { Length: > 0 } chosen)
                return chosen;
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Kronform.Provision.sln")))
                folder = folder.Parent;
            return Path.Combine(
                folder?.FullName ?? ".", "tests/TalosEmulator/bin/Release/net10.0/linux-x64/publish/talos-emulator");
        }
    }
}

/// <param name="Folder">Holds what images/rescue.sh promises.</param>
public sealed record RescueImage(string Folder)
{
    /// <summary>The unpacked root file system, for running its programs (such as its sshd) without a machine.</summary>
    public string RescueTree => Path.Combine(Folder, "tree");

    public string Initrd => Path.Combine(Folder, "initrd.zst");

    public string BiosKernel => Path.Combine(Folder, "vmlinux");

    public string UefiKernel => Path.Combine(Folder, "bzImage");
}

/// <param name="Raw">The image as it lies on a disk.</param>
/// <param name="RawSha256">64 small hexadecimal digits, as <paramref name="CompressedSha256"/>.</param>
/// <param name="Compressed">The same by zstd.</param>
public sealed record DiskImage(string Raw, string RawSha256, long RawBytes, string Compressed, string CompressedSha256, string Version)
{
    public static DiskImage Read(string folder, string version)
    {
        var digests = File.ReadLines(Path.Combine(folder, "sha256"))
            .Select(l => l.Split("  ")).ToDictionary(l => l[1], l => l[0]);
        var raw = Path.Combine(folder, "disk.raw");
        return new DiskImage(
            raw, digests["disk.raw"], new FileInfo(raw).Length, raw + ".zst", digests["disk.raw.zst"], version);
    }

    public string ToJson() => JsonSerializer.Serialize(this, RackJson.Options);
}
