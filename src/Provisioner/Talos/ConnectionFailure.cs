using System.Net.Sockets;

namespace Kronform.Provision.Talos;

/// <summary>The innermost reason of a failed connection in words; HttpClient's outer texts are generic.</summary>
internal static class ConnectionFailure
{
    public static string Describe(Exception cause)
    {
        var innermost = cause;
        for (var e = cause; e is not null; e = e.InnerException)
        {
            if (e is SocketException socket)
                return Describe(socket);
            innermost = e;
        }

        return innermost is OperationCanceledException ? "connecting timed out" : innermost.Message;
    }

    private static string Describe(SocketException socket) => socket.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route to the node",
        SocketError.TimedOut => "connection timed out",
        SocketError.ConnectionReset => "connection reset by the node",
        _ => socket.Message,
    };
}
