using System.CommandLine;
using System.Text.Json;
using Kronform.Provision.VirtualRack.Builds;
using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Commands;

internal static class ImagesCommand
{
    public static Command Create(TimeProvider time)
    {
        var emulator = new Option<string>("--talos-emulator")
        {
            Description = $"The published talos-emulator, or {RackImages.StandIn} (default: RACK_TALOS_EMULATOR, else where dotnet publish leaves it)",
            DefaultValueFactory = _ => RackImages.DefaultEmulator,
        };
        var version = new Option<string>("--talos-version")
        {
            Description = "What the installed system says it is",
            DefaultValueFactory = _ => RackImages.TalosVersion,
        };
        var command = new Command("images", "Build the rescue system and the disk image unless they are cached, and print as JSON where they are.")
        {
            emulator, version,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var images = new RackImages(time, Console.Error.WriteLine);
            var rescue = await images.RescueAsync(cancellation);
            var disk = await images.DiskAsync(parsed.GetValue(emulator)!, parsed.GetValue(version)!, cancellation);
            Console.WriteLine(JsonSerializer.Serialize(new { rescue, disk }, RackJson.Options));
        });
        return command;
    }
}
