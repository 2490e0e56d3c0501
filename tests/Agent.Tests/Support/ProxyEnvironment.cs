using System.Runtime.CompilerServices;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>
/// The runtime reads the proxy variables once, at the first request of a process. So they are set before any test runs, with
/// this machine's own addresses excepted, which all other tests use.
/// </summary>
internal static class ProxyEnvironment
{
    public static ImageServer Server { get; } = new(Serve);

    public static Func<Asked, Answer> Answer { get; set; } = _ => new Answer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0", []);

    private static Answer Serve(Asked asked) => Answer(asked);

    [ModuleInitializer]
    internal static void Set()
    {
        Environment.SetEnvironmentVariable("http_proxy", $"http://127.0.0.1:{Server.Port}");
        Environment.SetEnvironmentVariable("no_proxy", "127.0.0.1,localhost");
    }
}
