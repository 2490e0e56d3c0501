namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>The status codes Talos uses, by their numbers on the wire.</summary>
internal enum RpcStatus
{
    Unknown = 2,
    InvalidArgument = 3,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    FailedPrecondition = 9,
    Unimplemented = 12,
    Internal = 13,
}

/// <summary>A call's end other than OK.</summary>
internal sealed class RpcFailure(RpcStatus status, string message) : Exception(message)
{
    public RpcStatus Status { get; } = status;
}
