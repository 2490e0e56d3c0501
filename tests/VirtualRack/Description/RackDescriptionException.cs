namespace Kronform.Provision.VirtualRack.Description;

/// <summary>A rack's description does not make sense; the message lists every problem found, one a line.</summary>
public sealed class RackDescriptionException(string message, Exception? inner = null) : Exception(message, inner);
