namespace Kronform.Provision.VirtualRack.Hosting;

/// <summary>
/// The folder of one running rack. A lock that the kernel drops with its holder tells a running rack from the remains of
/// one that was killed; remains are cleared away.
/// </summary>
internal sealed class RackFolder : IDisposable
{
    /// <summary>Unix socket paths end at 107 bytes.</summary>
    private const int LongestSocketPath = 100;

    private readonly FileStream _lock;

    private RackFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    public string ControlSocket => In("control.sock");

    /// <summary>Mount point of the file system in memory that holds disks and keys; outside the rack it looks empty.</summary>
    public string Volatile => In("volatile");

    public static RackFolder Take(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (System.IO.Path.Combine(path, "control.sock").Length > LongestSocketPath)
            throw new ToolException($"the path {path} is too long for a socket in it; choose a shorter --dir");
        Directory.CreateDirectory(path);
        FileStream held;
        try
        {
            held = new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException busy)
        {
            throw new ToolException($"a rack runs in {path} already", busy);
        }

        var folder = new RackFolder(path, held);
        folder.Clear();
        foreach (var log in Directory.GetFiles(path, "*.serial.log"))
            File.Delete(log);
        Directory.CreateDirectory(folder.Volatile);
        return folder;
    }

    public static bool IsHeld(string path)
    {
        try
        {
            using var file = new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Leaves only what one may want to read afterwards: the serial logs.</summary>
    public void Dispose()
    {
        Clear();
        File.Delete(In("lock"));
        _lock.Dispose();
    }

    /// <summary>For the process outside: inside, something is mounted there until the very end.</summary>
    public static void RemoveMountPoint(string path)
    {
        var mountPoint = System.IO.Path.Combine(path, "volatile");
        if (!IsHeld(path) && Directory.Exists(mountPoint))
            Directory.Delete(mountPoint);
    }

    private void Clear()
    {
        foreach (var name in new[] { RackFile.Name, RackFile.Name + ".new", "control.sock", "robot-password" })
            File.Delete(In(name));
        // The operator's folder holds the rack's own secrets; with the rack they are worth nothing.
        if (Directory.Exists(In("cluster"))) Directory.Delete(In("cluster"), recursive: true);
    }
}
