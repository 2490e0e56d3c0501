namespace Kronform.Provision.Cluster;

/// <summary>Text that must not reach a log, a message or a report. It shows itself only to who asks by name.</summary>
public sealed class Secret(string value)
{
    private readonly string _value = value;

    public string Reveal() => _value;

    public override string ToString() => "(hidden)";
}
