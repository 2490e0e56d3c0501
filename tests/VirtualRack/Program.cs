using System.CommandLine;
using Kronform.Provision.VirtualRack.Commands;

// The rack: virtual servers with a mainboard, a rescue system and disks, for trying the provisioner on.
var root = new RootCommand("""
    A rack of virtual servers that boot, reset and answer like dedicated ones at Hetzner.

    Try:
      rack images
      rack run racks/one-bios.yaml --dir /tmp/rack &
      rack exec /tmp/rack -- ping -c1 10.77.0.14
    """)
{
    RunCommand.Create(TimeProvider.System),
    ExecCommand.Create(),
    ImagesCommand.Create(TimeProvider.System),
};
return await CommandLine.InvokeAsync(root, args);
