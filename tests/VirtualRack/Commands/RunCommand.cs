using System.CommandLine;
using Kronform.Provision.VirtualRack.Builds;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Hosting;
using Kronform.Provision.VirtualRack.Isolation;

namespace Kronform.Provision.VirtualRack.Commands;

/// <summary>rack run: outside, prepares and starts itself again in new namespaces; inside, is the rack.</summary>
internal static class RunCommand
{
    public static Command Create(TimeProvider time)
    {
        var rack = new Argument<FileInfo>("rack") { Description = "Description of the rack, such as racks/one-bios.yaml" };
        var dir = new Option<string>("--dir") { Description = "Folder for rack.json, the control socket and the serial logs", Required = true };
        var network = new Option<NetworkMode>("--network") { Description = "How the machines hang on the network" };
        var bios = new Option<bool>("--bios") { Description = "Give every machine a BIOS, whatever the description says" };
        var uefi = new Option<bool>("--uefi") { Description = "Give every machine UEFI, whatever the description says" };
        var attached = new Option<bool>("--until-stdin-closes") { Description = "Stop when standard input ends, as when the caller dies" };
        var emulator = new Option<string?>("--emulator") { Description = "Talos emulator for the disk image; \"none\" leaves the image and DIR/cluster out. Default: the published one" };
        var inside = new Option<string?>("--inside") { Hidden = true };
        var talos = new Option<string?>("--talos") { Hidden = true };
        var command = new Command("run", "Run a rack until it is interrupted. Prints one line when it is ready; DIR/rack.json tells the rest.")
        {
            rack, dir, network, bios, uefi, attached, emulator, inside, talos,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(bios) && parsed.GetValue(uefi))
                throw new ToolException("--bios and --uefi exclude each other");
            var file = parsed.GetValue(rack)!.FullName;
            var description = RackYaml.Load(file);
            if (parsed.GetValue(bios) || parsed.GetValue(uefi))
                description = description.With(parsed.GetValue(uefi) ? Firmware.Uefi : Firmware.Bios);
            var bridged = parsed.GetValue(network) switch
            {
                NetworkMode.Auto => Namespaces.TapAllowed,
                var mode => mode == NetworkMode.Bridge,
            };

            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (parsed.GetValue(attached) || parsed.GetValue(inside) is not null)
                StopWithStandardInput(stopping);
            if (parsed.GetValue(inside) is { } rescue)
            {
                await RackHost.RunAsync(description, parsed.GetValue(dir)!, bridged, new RescueImage(rescue),
                    parsed.GetValue(talos) is { } disk ? DiskImage.Read(disk, RackImages.TalosVersion) : null,
                    ready => Console.WriteLine($"ready: {Path.Combine(parsed.GetValue(dir)!, RackFile.Name)} ({ready.Nodes.Count} nodes, {(bridged ? "bridge" : "user network")})"),
                    time, stopping.Token);
                return 0;
            }

            if (RackFolder.IsHeld(parsed.GetValue(dir)!))
                throw new ToolException($"a rack runs in {parsed.GetValue(dir)} already");
            var images = new RackImages(time, Console.Error.WriteLine);
            var image = await images.RescueAsync(stopping.Token);
            string[] talosDisk = parsed.GetValue(emulator) == "none" ? [] :
                ["--talos", Path.GetDirectoryName((await images.DiskAsync(parsed.GetValue(emulator) ?? RackImages.DefaultEmulator, RackImages.TalosVersion, stopping.Token)).Raw)!];
            string[] firmware = parsed.GetValue(bios) ? ["--bios"] : parsed.GetValue(uefi) ? ["--uefi"] : [];
            var code = await Namespaces.RunInsideAsync(
                ["run", file, "--dir", Path.GetFullPath(parsed.GetValue(dir)!), "--network", bridged ? "bridge" : "user", .. firmware, .. talosDisk, "--inside", image.Folder],
                time, stopping.Token);
            RackFolder.RemoveMountPoint(parsed.GetValue(dir)!);
            return code;
        });
        return command;
    }

    private static void StopWithStandardInput(CancellationTokenSource stopping) => _ = Task.Run(async () =>
    {
        await Console.OpenStandardInput().CopyToAsync(Stream.Null);
        await stopping.CancelAsync();
    });
}
