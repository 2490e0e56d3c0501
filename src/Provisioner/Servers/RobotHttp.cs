using System.Net.Http.Headers;
using System.Text;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Servers;

/// <summary>Makes the HTTP client a <see cref="RobotClient"/> talks through: address, credentials, connection rules.</summary>
public static class RobotHttp
{
    /// <exception cref="ProvisionException">The address or the user name cannot be used; nothing was sent.</exception>
    public static HttpClient Create(RobotConnection connection)
    {
        var baseUrl = Checked(connection);
        var handler = new SocketsHttpHandler
        {
            // Credentials must not follow a redirect, and a redirected POST would arrive as GET.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !baseUrl.IsLoopback,
            // A connection per call. On a kept connection that the far side has just closed, a reset press would be lost in a
            // way nobody can tell from "pressed, reply lost"; a handshake is cheap beside the 2-3 s a write takes.
            PooledConnectionLifetime = TimeSpan.Zero,
            // Below the limit of the whole call, so that "never connected" can be told from "sent, no answer".
            ConnectTimeout = TimeSpan.FromSeconds(10),
        };

        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{connection.User}:{connection.Password}"));
        return new HttpClient(handler)
        {
            BaseAddress = baseUrl,
            // The pipelines limit each call, on a clock that tests can move.
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 4 << 20,
            DefaultRequestHeaders =
            {
                Authorization = new AuthenticationHeaderValue("Basic", credentials),
                Accept = { new MediaTypeWithQualityHeaderValue("application/json") },
                UserAgent = { new ProductInfoHeaderValue("kronform-provision", null) },
            },
        };
    }

    private static Uri Checked(RobotConnection connection)
    {
        var url = connection.BaseUrl;
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
            throw Unusable("The Robot address is not an http(s) URL.");
        if (url.UserInfo.Length > 0)
            throw Unusable("The Robot address contains credentials.");
        if (url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback)
            throw Unusable($"The Robot address {url.GetLeftPart(UriPartial.Authority)} is plain HTTP, which would send the password in the clear.");
        if (connection.User.Length == 0 || connection.User.Contains(':'))
            throw Unusable("The Robot user name is empty or contains a colon.");

        var path = url.GetLeftPart(UriPartial.Path);
        return new Uri(path.EndsWith('/') ? path : path + "/");
    }

    private static ProvisionException Unusable(string message) =>
        new(FailureCode.ConfigInvalid, message, $"Use {RobotConnection.PublicUrl} and the web service user; plain HTTP is for loopback addresses only.");
}
