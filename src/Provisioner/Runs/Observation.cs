using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs;

/// <summary>
/// What is there now. The question is never "is it up?" but "what came up?". <see cref="Evidence"/> is the reason, in one
/// sentence, for the journal and for the operator.
/// </summary>
public abstract record Observation(string Evidence)
{
    /// <summary>Nothing answers on the ports of Talos and SSH.</summary>
    public sealed record Silent(string Evidence) : Observation(Evidence)
    {
        /// <summary>What a configured worker cannot do without and does not get; null when nothing is known to be missing.</summary>
        public string? Misses { get; init; }

        /// <summary>A port was refused: a kernel runs there. Firmware and network boot answer nothing.</summary>
        public bool Refuses { get; init; }
    }

    /// <summary>SSH answered with a host key that Robot reports, our key was accepted, and it proves from inside to be a rescue system.</summary>
    public sealed record Rescue(string BootId, string Evidence) : Observation(Evidence);

    /// <summary>A rescue system by its host key, which does not let our key in.</summary>
    /// <param name="ArmedByUs">It booted after we armed it with our key: arming it again would not help.</param>
    public sealed record RescueOfOthers(bool ArmedByUs, string Evidence) : Observation(Evidence);

    /// <summary>A new rescue system reported its host keys to Robot, and what answers has another: somebody is in between.</summary>
    public sealed record WrongHostKey(string Evidence) : Observation(Evidence);

    /// <summary>The host key is the rescue system's, but from inside it does not look like one.</summary>
    public sealed record UnprovenRescue(string Evidence) : Observation(Evidence);

    /// <summary>SSH answers, and it is not a rescue system that Robot knows.</summary>
    public sealed record ForeignSystem(string Evidence) : Observation(Evidence);

    /// <summary>The server runs Hetzner's vKVM: what answers is a guest inside it.</summary>
    public sealed record Vkvm(string Evidence) : Observation(Evidence);

    /// <summary>Something answers and cannot be asked: it starts, stops, or its clock is wrong. It is never reset for that.</summary>
    public sealed record Unclear(string Evidence) : Observation(Evidence);

    /// <param name="Ours">The boot nonce in META is this run's, and the written disk is among the node's disks.</param>
    public sealed record Maintenance(bool Ours, string Evidence) : Observation(Evidence);

    /// <summary>Talos with a machine config of this cluster: mutual TLS with the cluster's CA succeeded.</summary>
    public sealed record Configured(NodeHealth Health, string Evidence) : Observation(Evidence)
    {
        /// <summary>Talos's own tag; null when it did not tell.</summary>
        public string? Version { get; init; }

        public TalosStage? Stage { get; init; }

        /// <summary>etcd members as the node knows them; null on workers, and when it could not say.</summary>
        public IReadOnlyList<TalosEtcdMember>? Members { get; init; }
    }

    /// <summary>Talos with a machine config of some other cluster.</summary>
    public sealed record ConfiguredForeign(string Evidence) : Observation(Evidence);
}
