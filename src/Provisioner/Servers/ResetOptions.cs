namespace Kronform.Provision.Servers;

/// <summary>What Robot can press on a server, and what it knows of its power.</summary>
/// <param name="Types">See <see cref="ResetType"/>; an open set.</param>
/// <param name="OperatingStatus"><c>running</c>, <c>shut off</c>, <c>not supported</c> …; an open set, null when not told.</param>
public sealed record ResetOptions(int Number, IReadOnlyList<string> Types, string? OperatingStatus)
{
    public bool Offers(string type) => Types.Contains(type);

    /// <summary>Robot says that the machine has no power. False also when it cannot know.</summary>
    public bool IsShutOff => OperatingStatus == "shut off";
}

/// <summary>The reset types seen so far.</summary>
public static class ResetType
{
    /// <summary>Ctrl+Alt+Del over the keyboard line. AX servers lack it.</summary>
    public const string Software = "sw";

    /// <summary>The reset button.</summary>
    public const string Hardware = "hw";

    /// <summary>Short press of the power button: shuts down what runs, starts what is off.</summary>
    public const string Power = "power";

    /// <summary>Held power button: off at once, and off it stays.</summary>
    public const string PowerLong = "power_long";

    /// <summary>A ticket for a technician. This program never sends it.</summary>
    public const string Manual = "man";
}

public enum PressOutcome
{
    /// <summary>Robot confirmed the press. Whether the machine booted is another question.</summary>
    Pressed,

    /// <summary>The request went out and no usable answer came back: the button may or may not have been pressed.</summary>
    Unknown,
}

/// <param name="Type">The reset type that was sent.</param>
/// <param name="Doubt">Why the outcome is unknown; null when it is not.</param>
public sealed record ResetPress(string Type, PressOutcome Outcome, RobotException? Doubt = null);
