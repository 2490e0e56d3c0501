namespace Kronform.Provision.VirtualRack.Isolation;

public enum NetworkMode
{
    /// <summary>Bridge where the kernel's tap device may be opened, else the user-mode network.</summary>
    Auto,

    /// <summary>One bridge, one tap per node, addresses and DHCP as on metal.</summary>
    Bridge,

    /// <summary>
    /// QEMU's own network per node, reached at loopback addresses. Needs no rights, but lies: a port always takes the
    /// connection, and nodes do not see each other.
    /// </summary>
    User,
}
