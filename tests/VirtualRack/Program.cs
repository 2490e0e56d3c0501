using System.CommandLine;
using Kronform.Provision.VirtualRack.Commands;

// The rack: virtual servers with a mainboard, a rescue system and disks, for trying the provisioner on.
var root = new RootCommand("""
    A rack of virtual servers that boot, reset and answer like dedicated ones at Hetzner.

    Try:
      rack images
      rack run racks/one-bios.yaml --dir /tmp/rack &
      rack exec /tmp/rack -- bash -c 'exec 3<>/dev/tcp/10.77.0.14/22; head -1 <&3'
    """)
{
    RunCommand.Create(TimeProvider.System),
    ExecCommand.Create(),
    ImagesCommand.Create(TimeProvider.System),
    DemoCommand.Create(TimeProvider.System),
    CaptureSignaturesCommand.Create(TimeProvider.System),
};
return await CommandLine.InvokeAsync(root, args);
