namespace Kronform.Provision.Runs;

/// <summary>The life of a node as an operator sees it. A run may enter at any of them and may skip those that are already true.</summary>
public enum RunPhase
{
    Preflight,
    Rescue,
    Inspect,
    Select,
    Write,
    Boot,
    Maintenance,
    Configure,
    Join,
    Healthy,
}
