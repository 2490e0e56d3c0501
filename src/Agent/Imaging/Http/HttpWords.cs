using System.Net.Http;
using System.Net.Sockets;

namespace Kronform.Provision.Agent.Imaging.Http;

/// <summary>Says what went wrong on the line. The runtime's own messages are left out of the one-file agent.</summary>
internal static class HttpWords
{
    public static string Of(Exception failure)
    {
        var error = failure switch
        {
            HttpRequestException request => request.HttpRequestError,
            HttpIOException body => body.HttpRequestError,
            _ => HttpRequestError.Unknown,
        };
        var what = error switch
        {
            HttpRequestError.NameResolutionError => "its name could not be resolved",
            HttpRequestError.ConnectionError => "no connection",
            HttpRequestError.SecureConnectionError => "no trusted TLS connection (the certificate, or this machine's clock)",
            HttpRequestError.ProxyTunnelError => "the proxy did not let it through",
            HttpRequestError.InvalidResponse => "what came is no HTTP answer",
            HttpRequestError.ResponseEnded => "the connection ended in the middle",
            HttpRequestError.HttpProtocolError => "the server ended the stream with an HTTP/2 error",
            _ => "the connection broke",
        };
        for (var cause = failure; cause is not null; cause = cause.InnerException)
            if (cause is SocketException socket) return $"{what} ({socket.SocketErrorCode})";
        return what;
    }
}
