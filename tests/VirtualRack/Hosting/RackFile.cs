using System.Net;
using System.Text.Json;
using Kronform.Provision.VirtualRack.Description;

namespace Kronform.Provision.VirtualRack.Hosting;

/// <summary>What a running rack tells of itself in DIR/rack.json, written when all of it is ready.</summary>
/// <param name="NamespacePid">First process inside; its namespaces are the rack's.</param>
/// <param name="UserNamespace">Whether entering them means entering a user namespace first.</param>
/// <param name="ControlSocket">Unix socket of <see cref="Control.ControlServer"/>.</param>
/// <param name="HostAddress">Where the machines reach programs that run in the rack's network namespace.</param>
public sealed record RackFile(
    string Rack,
    int NamespacePid,
    bool UserNamespace,
    bool Bridged,
    string ControlSocket,
    IPAddress HostAddress,
    RobotAccess? Robot,
    IReadOnlyList<NodeFile> Nodes)
{
    public const string Name = "rack.json";

    public static RackFile Read(string folder)
    {
        var file = Path.Combine(folder, Name);
        try
        {
            return JsonSerializer.Deserialize<RackFile>(File.ReadAllText(file), RackJson.Options)!;
        }
        catch (Exception problem) when (problem is IOException or JsonException)
        {
            throw new ToolException($"no rack runs in {folder}: {file} cannot be read", problem);
        }
    }

    public void Write(string folder)
    {
        var file = Path.Combine(folder, Name);
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(this, RackJson.Options));
        File.Move(file + ".new", file, overwrite: true);
    }
}

/// <param name="Url">Reachable in the rack's network namespace only.</param>
/// <param name="PasswordFile">0600, inside the rack's folder.</param>
public sealed record RobotAccess(Uri Url, string User, string PasswordFile);

/// <param name="Address">Where the node answers, seen from the rack's network namespace.</param>
public sealed record NodeFile(
    string Name,
    int Server,
    IPAddress Address,
    string Mac,
    Firmware Firmware,
    string SerialLog,
    IReadOnlyList<DiskFile> Disks);

public sealed record DiskFile(string Name, DiskRole Role, DiskBus Bus, string Serial, long SizeBytes);
