namespace Kronform.Provision.Ssh;

/// <param name="KeepAliveInterval">Silence after which the server is asked whether it is still there; whole seconds.</param>
/// <param name="KeepAliveCount">Unanswered questions after which the connection counts as lost.</param>
/// <param name="Program">The client program: a name looked up in PATH, or a path.</param>
public sealed record OpenSshOptions(TimeSpan KeepAliveInterval, int KeepAliveCount, string Program = "ssh")
{
    /// <summary>A dead link is known after 15 to 20 seconds: long enough for a switch to relearn, short for an operator.</summary>
    public static OpenSshOptions Default { get; } = new(TimeSpan.FromSeconds(5), 3);
}
