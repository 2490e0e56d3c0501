using System.CommandLine;
using Kronform.Provision.VirtualRack.Signatures;

namespace Kronform.Provision.VirtualRack.Commands;

/// <summary>rack capture-signatures: makes the fixtures of the agent's tests anew, by the rescue system's own tools.</summary>
internal static class CaptureSignaturesCommand
{
    public static Command Create(TimeProvider time)
    {
        var into = new Option<string>("--into") { Description = "Folder for the fixtures, such as tests/Agent.Tests/Fixtures/Signatures", Required = true };
        var names = new Argument<string[]>("stack") { Description = "Only these; all when none is named", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("capture-signatures", "Make RAID arrays, volume groups, file systems … on blank disks with the real tools, and keep what tells them apart.") { into, names };
        command.SetAction((parsed, cancellation) =>
            new SignatureCapture(time, Console.Error.WriteLine).RunAsync(Path.GetFullPath(parsed.GetValue(into)!), parsed.GetValue(names) ?? [], cancellation));
        return command;
    }
}
