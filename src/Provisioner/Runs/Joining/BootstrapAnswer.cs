using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Joining;

/// <summary>
/// What an answer to Bootstrap means for the one node that was asked. None of them ever leads to another node. The codes and
/// texts are those of Talos 1.4 to 1.14 (internal/app/machined/internal/server/v1alpha1).
/// </summary>
public abstract record BootstrapAnswer
{
    private BootstrapAnswer()
    {
    }

    public sealed record Accepted : BootstrapAnswer;

    /// <summary>The node's etcd directory is not empty: bootstrapped, or joined. Which of them only the member list tells.</summary>
    public sealed record HasData : BootstrapAnswer;

    /// <summary>Too early, or nobody knows whether it was taken: the same node is asked again, which is safe.</summary>
    public sealed record AskAgain(string Reason) : BootstrapAnswer;

    public sealed record Refused(string Reason, string Remedy) : BootstrapAnswer;

    /// <param name="detail">The status message.</param>
    public static BootstrapAnswer Of(GrpcCode code, string detail) => code switch
    {
        GrpcCode.Ok => new Accepted(),
        GrpcCode.AlreadyExists => new HasData(),
        _ when Has(detail, "on a control plane node") || Has(detail, "on control plane nodes") => new Refused("it runs as a worker", "The machine config on the node says type worker: mark a control plane, or rebuild the node with a control plane's config."),
        GrpcCode.InvalidArgument when Has(detail, "etcd is not configured") => new Refused("its machine config configures no etcd", "Give the node a control plane's machine config with etcd."),
        GrpcCode.PermissionDenied when Has(detail, "not authorized") => new Refused("our client certificate does not have the role os:admin there", "Check that the CA in the machine configs is the cluster's Talos API CA."),
        GrpcCode.FailedPrecondition when Has(detail, "time is not in sync") => new AskAgain("its clock is not in sync yet; NTP (123/udp) must get through"),
        // It lost its config, or has not loaded it yet: what came up is looked at anew before it is asked again.
        GrpcCode.Unimplemented when Has(detail, "machine type is not set") => new AskAgain("it has not loaded its machine config yet"),
        GrpcCode.FailedPrecondition => new AskAgain($"it says \"{detail}\""),
        GrpcCode.Unavailable or GrpcCode.DeadlineExceeded or GrpcCode.Cancelled => new AskAgain($"the answer was lost ({detail})"),
        GrpcCode.InvalidArgument or GrpcCode.PermissionDenied or GrpcCode.Unimplemented or GrpcCode.Unauthenticated => new Refused($"it says \"{detail}\"", "Look at the node's log: talosctl dmesg."),
        _ => new AskAgain($"it says \"{detail}\", which does not tell whether it was taken"),
    };

    /// <summary>After <see cref="HasData"/>: the bootstrap took place when the node is a member of its own etcd.</summary>
    /// <param name="members">Null when its etcd does not list them yet.</param>
    public static BootstrapAnswer WithData(string hostname, IReadOnlyList<TalosEtcdMember>? members) => members switch
    {
        null => new AskAgain("it has etcd data, and its etcd does not list its members yet"),
        _ when members.Any(m => m.Hostname == hostname) => new Accepted(),
        _ => new Refused($"it has etcd data of a cluster in which {hostname} is no member ({string.Join(", ", members.Select(m => m.Hostname))})", "Reset the node's EPHEMERAL partition if that data may go, or look for the cluster it belongs to."),
    };

    private static bool Has(string detail, string text) => detail.Contains(text, StringComparison.OrdinalIgnoreCase);
}
