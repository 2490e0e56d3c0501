namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>One way to misbehave.</summary>
public enum Misbehaviour
{
    /// <summary>503 with an HTML page, as during maintenance.</summary>
    Maintenance,

    /// <summary>500 <c>INTERNAL_ERROR</c>; nothing is done.</summary>
    InternalError,

    /// <summary>500 with the action's own code (<c>RESET_FAILED</c>, <c>BOOT_ACTIVATION_FAILED</c> …); nothing is done.</summary>
    ActionFailed,

    /// <summary>502 with an HTML page; nothing is done, which the caller cannot know.</summary>
    BadGateway,

    /// <summary>The connection is cut before anything is done.</summary>
    RequestLost,

    /// <summary>The action is done, then the connection is cut.</summary>
    ReplyLost,

    /// <summary>The action is done; the body is HTML.</summary>
    Garbage,

    /// <summary>The action is done; the body is empty.</summary>
    EmptyBody,

    /// <summary>A proper reply, but nothing is done.</summary>
    Ignored,

    RateLimited,

    /// <summary>403 that is not the rate limit.</summary>
    Forbidden,

    /// <summary>404 <c>SERVER_NOT_FOUND</c>.</summary>
    UnknownServer,

    /// <summary>409 <c>BOOT_ALREADY_ENABLED</c>.</summary>
    BootAlreadyEnabled,

    /// <summary>409 <c>BOOT_BLOCKED</c>.</summary>
    BootBlocked,

    /// <summary>409 <c>RESET_MANUAL_ACTIVE</c>.</summary>
    ManualResetActive,
}

/// <param name="Method">HTTP method; null for any.</param>
/// <param name="Path">The request's path, in full; null for any.</param>
/// <param name="Times">How many requests it meets; null for all of them.</param>
public sealed record RobotFault(Misbehaviour What, string? Method = null, string? Path = null, int? Times = null);

/// <summary>What goes wrong, and how often. May be changed while the emulator runs.</summary>
public sealed class RobotFaults
{
    private readonly Lock _gate = new();
    private readonly List<RobotFault> _faults = [];
    private TimeSpan _delay;

    /// <summary>Added to the latency of every request.</summary>
    public TimeSpan ExtraLatency
    {
        get
        {
            lock (_gate)
                return _delay;
        }

        set
        {
            lock (_gate)
                _delay = value;
        }
    }

    /// <summary>The earliest added fault that fits a request is the one it meets.</summary>
    public void Add(RobotFault fault)
    {
        lock (_gate)
            _faults.Add(fault);
    }

    public void Clear()
    {
        lock (_gate)
        {
            _faults.Clear();
            _delay = TimeSpan.Zero;
        }
    }

    internal Misbehaviour? Take(string method, string path)
    {
        lock (_gate)
        {
            var index = _faults.FindIndex(f => (f.Method ?? method) == method && (f.Path ?? path) == path);
            if (index < 0)
                return null;

            var fault = _faults[index];
            if (fault.Times is { } times)
            {
                if (times > 1)
                    _faults[index] = fault with { Times = times - 1 };
                else
                    _faults.RemoveAt(index);
            }

            return fault.What;
        }
    }
}
