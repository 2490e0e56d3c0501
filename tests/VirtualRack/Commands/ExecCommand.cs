using System.CommandLine;
using Kronform.Provision.VirtualRack.Hosting;
using Kronform.Provision.VirtualRack.Isolation;

namespace Kronform.Provision.VirtualRack.Commands;

/// <summary>rack exec: becomes the command, so signals, terminal, streams and exit code are its own.</summary>
internal static class ExecCommand
{
    public static Command Create()
    {
        var dir = new Argument<string>("dir") { Description = "Folder of the running rack" };
        var words = new Argument<string[]>("command") { Description = "Program and its arguments, after --", Arity = ArgumentArity.OneOrMore };
        var command = new Command("exec", "Run a command in the rack's network: rack exec DIR -- ssh root@10.77.0.14") { dir, words };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(dir)!;
            var rack = RackFile.Read(folder);
            // A rack that was killed leaves its file behind, and its process number may be somebody else's by now.
            if (!RackFolder.IsHeld(folder))
                throw new ToolException($"the rack in {folder} does not run any more");
            return Namespaces.Become(rack.NamespacePid, rack.UserNamespace, parsed.GetValue(words)!);
        });
        return command;
    }
}
