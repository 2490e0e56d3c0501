using System.Text.Json;

namespace Kronform.Provision.Faults.Product;

/// <summary>What a product process is to do, in a file.</summary>
internal sealed record ProductOrder
{
    /// <summary>Of the product's command line.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public required string ClockFile { get; init; }

    /// <summary>Unix socket of the world's SSH.</summary>
    public required string SshSocket { get; init; }

    public double Speed { get; init; } = 40;

    public double Deadlines { get; init; } = 1;

    /// <summary>0 for none.</summary>
    public int DieAtEntry { get; init; }

    public bool DieAfter { get; init; }

    public static ProductOrder Read(string path) => JsonSerializer.Deserialize<ProductOrder>(File.ReadAllBytes(path))!;

    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this));
}
