namespace Kronform.Provision.Servers;

/// <summary>How to reach the Robot web service and as whom.</summary>
/// <param name="BaseUrl">HTTPS; plain HTTP only on a loopback address.</param>
/// <param name="User">The account's web service user, which is not the login of the web page.</param>
/// <param name="Password">Its password; never part of any text this type or its users produce.</param>
public sealed record RobotConnection(Uri BaseUrl, string User, string Password)
{
    /// <summary>The one public address of the service.</summary>
    public static readonly Uri PublicUrl = new("https://robot-ws.your-server.de/");

    public override string ToString() => $"Robot at {BaseUrl} (credentials hidden)";
}
