using Kronform.Provision.Protocol;

namespace Kronform.Provision.Rescue;

/// <summary>
/// A root shell on port 22 proves nothing: a running node has one too. Each line of the evidence comes from inside the machine
/// over a connection whose host key Robot vouches for.
/// </summary>
public static class RescueProof
{
    /// <summary>Prints what <see cref="Parse"/> reads. One round trip; every part may fail alone.</summary>
    public const string Command =
        "echo hostname=$(hostname 2>/dev/null); echo boot-id=$(cat /proc/sys/kernel/random/boot_id); " +
        "echo root=$(awk '$2==\"/\"{t=$3} END{print t}' /proc/mounts); " +
        "test -e /etc/hetzner-build && echo build=yes; " +
        "echo machine=$(uname -m); " +
        "echo models=$(cat /sys/block/*/device/model 2>/dev/null | tr '\\n' ';'); " +
        $"sha256sum /run/kronform/{AgentBinary.FileName} 2>/dev/null | cut -d' ' -f1 | sed 's/^/agent=/'";

    public static RescueFacts Parse(string output)
    {
        var values = output.Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0]).ToDictionary(g => g.Key, g => g.Last()[1]);
        return new RescueFacts(
            values.GetValueOrDefault("boot-id", ""),
            new RescueEvidence
            {
                Hostname = values.GetValueOrDefault("hostname", ""),
                RootFileSystem = values.GetValueOrDefault("root", ""),
                HetznerBuildFile = values.ContainsKey("build"),
            },
            values.GetValueOrDefault("machine", ""),
            [.. values.GetValueOrDefault("models", "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
            values.GetValueOrDefault("agent"));
    }

    /// <summary>Why the system is not proven to be a rescue system, or null when it is.</summary>
    public static string? Doubt(RescueEvidence evidence)
    {
        if (evidence.Hostname != "rescue") return $"its host name is \"{evidence.Hostname}\", not \"rescue\"";
        if (!evidence.HetznerBuildFile && !IsInMemory(evidence.RootFileSystem)) return $"it has no /etc/hetzner-build and its root file system is {evidence.RootFileSystem}, not in memory";
        return null;
    }

    /// <summary>vKVM shows every disk as an emulated one; a rescue system on metal never does.</summary>
    public static bool IsInsideVkvm(IReadOnlyCollection<string> diskModels) =>
        diskModels.Count > 0 && diskModels.All(model => model.StartsWith("QEMU HARDDISK", StringComparison.Ordinal));

    private static bool IsInMemory(string fileSystem) => fileSystem is "tmpfs" or "rootfs" or "ramfs" or "overlay";
}

/// <param name="Machine">As <c>uname -m</c> prints it; the agent runs on x86_64.</param>
/// <param name="DiskModels">Models of all block devices that have one.</param>
/// <param name="AgentSha256">Digest of an agent that an earlier connection left, or null.</param>
public sealed record RescueFacts(string BootId, RescueEvidence Evidence, string Machine, IReadOnlyList<string> DiskModels, string? AgentSha256);
