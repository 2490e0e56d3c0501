namespace Kronform.Provision.Servers;

/// <summary>Cancelled while the call waited for its turn: it is certain that Robot never saw it.</summary>
public sealed class NotSentException(string call, CancellationToken cancellation)
    : OperationCanceledException($"{call} was cancelled before it was sent", cancellation);
