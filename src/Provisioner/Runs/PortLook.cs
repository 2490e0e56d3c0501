using System.Net;
using System.Net.Sockets;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs;

/// <summary>One attempt to connect to a TCP port. Nothing is said over the connection.</summary>
public static class PortLook
{
    /// <summary>Null when the connection was taken; otherwise what happened instead, for people.</summary>
    public static async Task<string?> RefusalAsync(IPAddress address, int port, TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        using var expiry = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, cancellation);
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address, port, either.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return PortSilence.NoAnswer;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused ? PortSilence.Refused
                : SocketTrouble.IsOurOwn(e.SocketErrorCode) ? $"{PortSilence.NotAsked} ({e.Message})" : PortSilence.Unreachable;
        }
    }
}
