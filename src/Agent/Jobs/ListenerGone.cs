namespace Kronform.Provision.Agent.Jobs;

/// <summary>Nobody reads any more what is said about a job; a name of its own, so that no other trouble with a file passes for it.</summary>
internal sealed class ListenerGone(IOException cause) : Exception("Nobody reads any more", cause);
