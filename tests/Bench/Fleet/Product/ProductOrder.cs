using System.Text.Json;

namespace Kronform.Provision.Bench.Fleet.Product;

/// <summary>What the product process is to do, and where it leaves what it found.</summary>
/// <param name="Results">File for a <see cref="ProductResults"/>.</param>
internal sealed record ProductOrder(string ProvisionYaml, string SshSocket, string State, string Agent, string Results, int Parallel)
{
    public static ProductOrder Read(string path) => JsonSerializer.Deserialize<ProductOrder>(File.ReadAllBytes(path))!;

    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this));
}

/// <param name="At">Of the machine's monotonic clock.</param>
internal sealed record NodeEnd(string Node, bool Healthy, string Summary, long At);

/// <param name="StartAt">When the runs began: preparation is over.</param>
/// <param name="PeakMemoryBytes">VmHWM.</param>
/// <param name="PreparationCpuSeconds">Of <paramref name="CpuSeconds"/>, before the runs began.</param>
/// <param name="Allocated">Bytes, over the whole life of the process.</param>
internal sealed record ProductResults(
    IReadOnlyList<NodeEnd> Nodes, long StartAt, long EndAt, double CpuSeconds, double PreparationCpuSeconds, long PeakMemoryBytes, long Allocated, double GcPauseSeconds)
{
    public static ProductResults Read(string path) => JsonSerializer.Deserialize<ProductResults>(File.ReadAllBytes(path))!;

    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this));
}
