namespace Kronform.Provision.Bench.Imaging;

/// <summary>The block device that all write to: the given one, or a loop device over a file of its own.</summary>
internal sealed class BenchDevice : IAsyncDisposable
{
    private readonly string? _file;

    private BenchDevice(string path, string? file) => (Path, _file) = (path, file);

    public string Path { get; }

    public static async Task<BenchDevice> OpenAsync(string? given, string folder, long imageBytes, CancellationToken cancellation)
    {
        if (given is not null) return new BenchDevice(given, null);
        var file = System.IO.Path.Combine(folder, "device.img");
        await using (var content = File.Create(file)) content.SetLength(imageBytes + (512L << 20));
        var attached = await Measured.RunAsync($"losetup -f --show {file}", cancellation);
        return new BenchDevice(attached.Output.Trim(), file);
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is null) return;
        await Measured.RunAsync($"losetup -d {Path}", CancellationToken.None);
        File.Delete(_file);
    }
}
