using System.Net.Sockets;

namespace Kronform.Provision.Talos;

/// <summary>What a failed connection says about this machine instead of the other one.</summary>
public static class SocketTrouble
{
    /// <summary>
    /// No route, a filter on the way out, no address family, no more sockets: nobody was asked, so nothing is known of whoever would
    /// have answered.
    /// </summary>
    public static bool IsOurOwn(SocketError error) => error is
        SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.AccessDenied or SocketError.AddressNotAvailable
        or SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported or SocketError.TooManyOpenSockets
        or SocketError.NoBufferSpaceAvailable;
}
