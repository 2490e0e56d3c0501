namespace Kronform.Provision.Agent.Tests.Support;

internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Create();

    // In memory where there is such a place: these tests move gigabytes through their disks, and prove nothing about the host's.
    private static string Create() => Directory.Exists("/dev/shm")
        ? Directory.CreateDirectory($"/dev/shm/agent-tests-{Guid.NewGuid():N}").FullName
        : Directory.CreateTempSubdirectory("agent-tests-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
