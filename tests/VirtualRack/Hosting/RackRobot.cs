using System.Security.Cryptography;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Isolation;
using Kronform.Provision.VirtualRack.Machines;
using Kronform.Provision.VirtualRack.Robot;

namespace Kronform.Provision.VirtualRack.Hosting;

/// <summary>The Robot emulator of a rack, with a password of its own: the only way to the machines' buttons for a client.</summary>
internal sealed class RackRobot(RobotEmulator emulator, string user, string password) : IAsyncDisposable
{
    public Uri Url => emulator.BaseUrl;

    public string User => user;

    public string Password => password;

    public static async Task<RackRobot> StartAsync(
        RackDescription rack, IReadOnlyList<Mainboard> boards, RackNetwork network, TimeProvider time, CancellationToken cancellation)
    {
        var options = new RobotOptions { Password = RandomNumberGenerator.GetHexString(24, lowercase: true) };
        var servers = rack.Nodes.ToDictionary(
            n => n.Server, n => new RobotServerEntry(n.Name, network.AddressOf(n), boards.First(b => b.Node == n)));
        return new RackRobot(await RobotEmulator.StartAsync(options, servers, time, cancellation), options.User, options.Password);
    }

    /// <summary>Leaves the password in the rack's folder, for its owner only.</summary>
    public RobotAccess WriteAccess(RackFolder folder)
    {
        string file = folder.In("robot-password");
        using (var stream = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
            stream.Write(System.Text.Encoding.UTF8.GetBytes(password));
        return new RobotAccess(Url, user, file);
    }

    public ValueTask DisposeAsync() => emulator.DisposeAsync();
}
