using System.CommandLine;
using Kronform.Provision.VirtualRack.Demo;
using Kronform.Provision.VirtualRack.Description;

namespace Kronform.Provision.VirtualRack.Commands;

/// <summary>rack demo: the main job, once from nothing and once again, with what a sceptic would check afterwards.</summary>
internal static class DemoCommand
{
    public static Command Create(TimeProvider time)
    {
        var provision = new Option<string>("--provision") { Description = "The provision program to show", Required = true };
        var bios = new Option<bool>("--bios") { Description = "A server with BIOS (the default)" };
        var uefi = new Option<bool>("--uefi") { Description = "A server with UEFI" };
        var keep = new Option<bool>("--keep") { Description = "Leave the rack up and print how to reach it" };
        var json = new Option<string?>("--json") { Description = "Write the figures to this file" };
        var command = new Command("demo", "Take a fresh virtual server to healthy, twice, and check its other disks.") { provision, bios, uefi, keep, json };
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(bios) && parsed.GetValue(uefi)) throw new Hosting.ToolException("--bios and --uefi exclude each other");
            return new DemoRun(parsed.GetValue(provision)!, parsed.GetValue(uefi) ? Firmware.Uefi : Firmware.Bios, parsed.GetValue(keep), parsed.GetValue(json), time)
                .RunAsync(cancellation);
        });
        return command;
    }
}
