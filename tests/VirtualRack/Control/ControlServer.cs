using Kronform.Provision.VirtualRack.Disks;
using Kronform.Provision.VirtualRack.Hosting;
using Kronform.Provision.VirtualRack.Machines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.VirtualRack.Control;

/// <summary>
/// HTTP with JSON over a unix socket, for those who test with the rack: to look at machines and disks, and to do to them
/// what fate does. What an operator can do goes through Robot instead; arm and reset are here for the machines' own tests.
/// </summary>
internal static class ControlServer
{
    /// <returns>Stops when disposed.</returns>
    public static async Task<WebApplication> StartAsync(string socket, IReadOnlyList<Mainboard> boards, CancellationToken cancellation)
    {
        // The empty builder reads no environment and handles no signals: the rack decides when it ends.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.ListenUnixSocket(socket));
        builder.Services.ConfigureHttpJsonOptions(o =>
        {
            foreach (var converter in RackJson.Options.Converters)
                o.SerializerOptions.Converters.Add(converter);
            o.SerializerOptions.WriteIndented = true;
        });
        var app = builder.Build();
        app.UseRouting();

        app.MapGet("/nodes", () => boards.Select(Status));
        var node = app.MapGroup("/nodes/{name}");
        node.AddEndpointFilter(async (context, next) =>
        {
            var name = (string)context.HttpContext.Request.RouteValues["name"]!;
            if (boards.All(b => b.Node.Name != name))
                return Results.NotFound($"this rack has no node {name}");
            try
            {
                return await next(context);
            }
            catch (IOException failure)
            {
                return Results.Conflict(failure.Message);
            }
        });
        Mainboard Board(string name) => boards.First(b => b.Node.Name == name);

        node.MapGet("/", (string name) => Status(Board(name)));
        node.MapGet("/disks", async (string name) => await Task.WhenAll(Board(name).Node.Disks.Select(d => Task.Run(
            () => new DiskStatus(d.Name, d.Role, d.Serial, ContentDigest.OfFile(Board(name).DiskFile(d)))))));
        node.MapGet("/events", (string name) => Board(name).Events);

        node.MapPost("/hang", (string name, CancellationToken token) => DoAsync(Board(name), b => b.HangAsync(token)));
        node.MapPost("/resume", (string name, CancellationToken token) => DoAsync(Board(name), b => b.ResumeAsync(token)));
        node.MapPost("/link-down", (string name, CancellationToken token) => DoAsync(Board(name), b => b.SetLinkAsync(up: false, token)));
        node.MapPost("/link-up", (string name, CancellationToken token) => DoAsync(Board(name), b => b.SetLinkAsync(up: true, token)));
        node.MapPost("/power-cut", (string name, CancellationToken token) => DoAsync(Board(name), b => b.PowerOffAsync(token)));
        node.MapPost("/power-on", (string name, CancellationToken token) => DoAsync(Board(name), b => b.PowerOnAsync(token)));
        node.MapPost("/power-button", (string name, CancellationToken token) => DoAsync(Board(name), b => b.PowerButtonAsync(token)));
        node.MapPost("/ctrl-alt-del", (string name, CancellationToken token) => DoAsync(Board(name), b => b.CtrlAltDelAsync(token)));
        node.MapPost("/shuffle", (string name, CancellationToken token) => DoAsync(Board(name), b => b.ShuffleAsync(token)));
        node.MapPost("/reset", (string name, CancellationToken token) => DoAsync(Board(name), b => b.HardwareResetAsync(token)));
        node.MapPost("/quirk", (string name, QuirkRequest change) =>
        {
            Board(name).Quirks = change.On(Board(name).Quirks);
            return Status(Board(name));
        });
        node.MapPost("/arm", (string name, ArmRequest request) =>
        {
            Board(name).ArmByHand(new RescueBoot(request.Os, request.Keys));
            return Status(Board(name));
        });

        await app.StartAsync(cancellation);
        return app;
    }

    private static async Task<NodeStatus> DoAsync(Mainboard board, Func<Mainboard, Task> what)
    {
        await what(board);
        return Status(board);
    }

    private static NodeStatus Status(Mainboard board) => new(
        board.Node.Name, board.Node.Server, board.State, board.Resets, board.Boots, board.LastRescue, board.Quirks);
}
