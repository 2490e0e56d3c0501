namespace Kronform.Provision.Talos;

/// <summary>
/// A call that did not end with OK: the node's own status, or <see cref="GrpcCode.Unavailable"/> when the connection failed and
/// <see cref="GrpcCode.DeadlineExceeded"/> when our own deadline passed; <see cref="GrpcCode.Cancelled"/> when the node broke the
/// call off. After these three the node may or may not have acted.
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

    /// <summary>What the node added to its status in messages of their own (grpc-status-details-bin); mostly nothing.</summary>
    public IReadOnlyList<TalosErrorDetail> Details { get; init; } = [];
}

/// <param name="Type">The message's full name, for instance `google.rpc.ErrorInfo`.</param>
/// <param name="Value">The message as protobuf.</param>
public sealed record TalosErrorDetail(string Type, ReadOnlyMemory<byte> Value);
