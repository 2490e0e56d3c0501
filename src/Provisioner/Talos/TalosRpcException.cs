namespace Kronform.Provision.Talos;

/// <summary>
/// A call that did not end with OK: the node's own status, or <see cref="GrpcCode.Unavailable"/> when the connection failed and
/// <see cref="GrpcCode.DeadlineExceeded"/> when our own deadline passed (the node may or may not have acted then).
/// </summary>
public sealed class TalosRpcException : Exception
{
    public TalosRpcException(GrpcCode code, string message)
        : this(code, message, attempted: null)
    {
    }

    /// <param name="detail">The status message as the node gave it, or what happened to the connection.</param>
    /// <param name="attempted">What was being called on which node, for the exception's text.</param>
    public TalosRpcException(GrpcCode code, string detail, string? attempted, Exception? cause = null)
        : base(attempted is null ? $"{code}: {detail}" : $"{attempted}: {code}: {detail}", cause)
    {
        Code = code;
        Detail = detail;
    }

    public GrpcCode Code { get; }

    public string Detail { get; }
}
