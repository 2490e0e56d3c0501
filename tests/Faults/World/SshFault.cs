namespace Kronform.Provision.Faults.World;

/// <param name="At">Kind of what is asked: connect, proof, deliver, inventory, write, verify, neutralise, reboot, or other.</param>
/// <param name="What">
/// <c>refuse</c>, <c>no-answer</c>, <c>garbage</c>, <c>key</c> at connect; <c>cut</c>, <c>reset</c> and <c>stall</c> everywhere. A
/// stalled connection is given up by the client after its keep-alives, and by the far side later still.
/// </param>
/// <param name="After">A line of output that must have been said first; null cuts at once, before anything is done.</param>
internal sealed record SshFault(string At, string What, string? After, int Times);
