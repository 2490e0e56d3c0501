namespace Kronform.Provision.Agent.Linux;

/// <summary>The disks of this machine.</summary>
/// <param name="root">Where the device nodes are: <c>/dev</c>.</param>
internal sealed class BlockDevices(string root) : IDiskDevices
{
    // The kernel writes a '/' inside a name (cciss/c0d0) as '!' in sysfs.
    public static string PathOf(string root, string name) => Path.Combine(root, name.Replace('!', '/'));

    public IDiskDevice OpenToRead(string name) => BlockDeviceFile.OpenToRead(name, PathOf(root, name));

    public IDiskDevice Hold(string name) => BlockDeviceFile.Hold(name, PathOf(root, name));
}
