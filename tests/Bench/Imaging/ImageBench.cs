using System.CommandLine;

namespace Kronform.Provision.Bench.Imaging;

/// <summary>
/// Writes the same image to the same block device by the agent and by what people use instead, in turns, and prints medians and
/// ratios. Everything but the agent writes without any proof of what arrived.
/// </summary>
internal static class ImageBench
{
    private static readonly Option<int> Rounds = new("--rounds") { DefaultValueFactory = _ => 5, Description = "Runs of each." };
    private static readonly Option<string> Images = new("--images") { DefaultValueFactory = _ => "classic,dual", Description = "classic (1246 MiB, Talos 1.4 to 1.9), dual (4247 MiB, 1.11 and later)." };
    private static readonly Option<string> Formats = new("--formats") { DefaultValueFactory = _ => "zst,xz,gz" };
    private static readonly Option<string?> Device = new("--device") { Description = "A block device whose content may be lost. Default: a loop device over a file." };
    private static readonly Option<string> Folder = new("--folder") { DefaultValueFactory = _ => DefaultFolder, Description = "Where images and the loop device's file are kept." };

    private static string DefaultFolder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "kronform-bench");

    public static Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand("Writes images by the agent and by others.") { Rounds, Images, Formats, Device, Folder };
        root.SetAction(async (parsed, cancellation) =>
        {
            var folder = parsed.GetValue(Folder)!;
            Directory.CreateDirectory(folder);
            foreach (var image in BenchImage.All.Where(i => parsed.GetValue(Images)!.Split(',').Contains(i.Name)))
            {
                foreach (var format in parsed.GetValue(Formats)!.Split(','))
                {
                    var file = new BenchFile(image, format, folder);
                    await file.PrepareAsync(cancellation);
                    await using var device = await BenchDevice.OpenAsync(parsed.GetValue(Device), folder, image.Bytes, cancellation);
                    await using var server = await BenchServer.StartAsync(folder);
                    var contenders = Contenders(file, device.Path, server.Address + Path.GetRelativePath(folder, file.Packed), await file.Sha256Async(cancellation));
                    Print(file, await MeasureAsync(contenders, parsed.GetValue(Rounds), cancellation));
                }
            }
            return 0;
        });
        return root.Parse(arguments).InvokeAsync();
    }

    private static (string Name, string Command)[] Contenders(BenchFile file, string device, string url, string sha256)
    {
        var self = Environment.ProcessPath!;
        // The rescue system's own recipe needs the whole file, twice, where the rescue system has it: in memory.
        const string scratch = "cd $(mktemp -d -p /dev/shm) && trap 'rm -rf $PWD' EXIT";
        var unpack = file.Format switch { "zst" => "zstd -q -d disk.raw.zst -o disk.raw", "xz" => "xz -dk disk.raw.xz", _ => "tar -xf disk.tar.gz" };
        return
        [
            ("agent", $"{self} image-agent {device} {url} {sha256}"),
            ("wget, unpack, dd, sync", $"{scratch} && wget -q {url} && {unpack} && dd if=disk.raw of={device} bs=4M status=none && sync"),
            ("wget | expand | dd direct", $"wget -qO- {url} | {file.Expand} | dd of={device} bs=4M iflag=fullblock oflag=direct conv=fsync status=none"),
            ("bmaptool copy", $"bmaptool -q copy --bmap {file.Map} {url} {device}"),
            ("expand only, native", $"{file.Expand} < {file.Packed} > /dev/null"),
            ("expand only, agent's", $"{self} image-decode {file.Packed}"),
            ("write only", $"dd if={file.Raw} of={device} bs=4M oflag=direct conv=fsync status=none"),
            ("read only", $"dd if={device} of=/dev/null bs=4M iflag=direct,count_bytes count={file.Image.Bytes} status=none"),
        ];
    }

    /// <summary>Each round in another order, so that nobody always comes behind the same.</summary>
    private static async Task<Dictionary<string, List<Measured>>> MeasureAsync((string Name, string Command)[] contenders, int rounds, CancellationToken cancellation)
    {
        var results = contenders.ToDictionary(c => c.Name, _ => new List<Measured>());
        for (var round = 0; round <= rounds; round++)
        {
            for (var index = 0; index < contenders.Length; index++)
            {
                var (name, command) = contenders[(index + round) % contenders.Length];
                await Measured.RunAsync("sync", cancellation);
                var measured = await Measured.RunAsync(command, cancellation);
                // The first round fills caches and allocates the device's file.
                if (round > 0) results[name].Add(measured);
            }
        }
        return results;
    }

    private static void Print(BenchFile file, Dictionary<string, List<Measured>> results)
    {
        var packed = new FileInfo(file.Packed).Length / 1048576;
        Console.WriteLine($"\n{file.Image.Name}, {file.Image.Bytes / 1048576} MiB as {file.Format}, {packed} MiB; {results["agent"].Count} rounds, medians");
        Console.WriteLine($"  {"",-28}{"seconds",9}{"least",8}{"most",8}{"CPU s",8}{"peak MiB",10}{"agent is",12}");
        var agent = Median(results["agent"], m => m.Seconds);
        foreach (var (name, runs) in results)
        {
            var median = Median(runs, m => m.Seconds);
            Console.WriteLine($"  {name,-28}{median,9:0.00}{runs.Min(m => m.Seconds),8:0.00}{runs.Max(m => m.Seconds),8:0.00}{Median(runs, m => m.CpuSeconds),8:0.00}{Median(runs, m => m.PeakMiB),10:0}"
                + (name == "agent" ? "" : $"{median / agent,10:0.00} x"));
        }

        var floor = Math.Max(Median(results["expand only, native"], m => m.Seconds), Median(results["write only"], m => m.Seconds)) + Median(results["read only"], m => m.Seconds);
        Console.WriteLine($"  the slower of expanding and writing, plus one reading: {floor:0.00} s; the agent takes {agent / floor:0.00} of it");
        var expanding = Median(results["expand only, agent's"], m => double.Parse(m.Output.Trim(), System.Globalization.CultureInfo.InvariantCulture));
        Console.WriteLine($"  expanding alone, without the start of the process: {expanding:0.00} s, {expanding / Median(results["expand only, native"], m => m.Seconds):0.00} of the native tool's");
        Console.WriteLine($"  agent's steps, ms since its start: {results["agent"][^1].Output.Trim()}");
    }

    private static double Median(IEnumerable<Measured> runs, Func<Measured, double> value)
    {
        var sorted = runs.Select(value).Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
