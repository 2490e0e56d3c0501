using System.Security.Cryptography;
using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Machines;

/// <summary>Host keys for one boot of the rescue, as files the machine is given, and as Robot reports them.</summary>
internal sealed record RescueSeed(string Folder, IReadOnlyList<HostKeyReport> HostKeys)
{
    /// <summary>The kinds and sizes Hetzner's rescue has (seen 2026: rsa 3072, ecdsa nistp256, ed25519).</summary>
    private static readonly (string Type, int Bits)[] Kinds = [("rsa", 3072), ("ecdsa", 256), ("ed25519", 256)];

    /// <param name="folder">Is made, and must be as private as keys are.</param>
    public static async Task<RescueSeed> GenerateAsync(string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var reports = new List<HostKeyReport>();
        foreach (var (type, bits) in Kinds)
        {
            var file = Path.Combine(folder, $"hostkey_{type}");
            await Tool.RunAsync("ssh-keygen", ["-q", "-t", type, "-b", $"{bits}", "-N", "", "-C", "root@rescue", "-f", file], cancellation);
            var key = Convert.FromBase64String((await File.ReadAllTextAsync(file + ".pub", cancellation)).Split(' ')[1]);
            reports.Add(new HostKeyReport(type.ToUpperInvariant(), bits, Convert.ToBase64String(SHA256.HashData(key)).TrimEnd('=')));
        }

        return new RescueSeed(folder, reports);
    }

    public void Authorize(IEnumerable<string> keys) => File.WriteAllLines(Path.Combine(Folder, "authorized_keys"), keys);

    public void Remove()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }
}
