using System.Text.RegularExpressions;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;

namespace Kronform.Provision.Disks.Cel;

/// <summary>The expression of an UnattendedInstallConfig document as conditions.</summary>
/// <param name="Predicates">One for each term at the top; empty on a fault, and when it is just a kernel name.</param>
/// <param name="KernelName">Set when the whole expression is <c>disk.dev_path == "/dev/…"</c>, which talosctl gen config writes.</param>
internal sealed partial record DiskExpression(IReadOnlyList<DiskPredicate> Predicates, string? KernelName = null)
{
    private const string Field = "UnattendedInstallConfig.provisioning.diskSelector.match";

    public static DiskExpression Read(ConfigText match, ProblemList problems)
    {
        if (DevPathOnly().Match(match.Value) is { Success: true } devPath)
        {
            var text = new ConfigText(devPath.Groups["path"].Value, match.Line, match.Column);
            if (InstallDisk.IsKernelName(text.Value)) return new DiskExpression([], text.Value);
        }

        if (ByIdOnly().Match(match.Value) is { Success: true } link)
            return new DiskExpression([InstallDisk.ByIdLink(link.Groups["link"].Value, match.Value.Trim())]);
        try
        {
            return new DiskExpression([.. new CelParser(match.Value).ReadConditions().Select(c => Condition(c.Text, c.Term))]);
        }
        catch (CelException error)
        {
            problems.Add(match.Line, match.Column, Field, error.Message, "use size, serial, wwid, model, transport or rotational, best serial");
            return new DiskExpression([]);
        }
    }

    private static DiskPredicate Condition(string text, CelTerm term) =>
        new(text, term.IsTrueFor, d => $"it is {(d.Transport.Length == 0 ? "of unknown transport" : d.Transport)}, {ByteCount.Text(d.Size)}, {(d.Serial.Length == 0 ? "no serial" : "serial " + d.Serial)}", text);

    [GeneratedRegex("""^\s*disk\.dev_path\s*==\s*(?<quote>["'])(?<path>/dev/[a-z0-9]+)\k<quote>\s*\z""")]
    private static partial Regex DevPathOnly();

    [GeneratedRegex("""^\s*(?<quote>["'])/dev/disk/by-id/(?<link>[^"'*\s]+)\k<quote>\s+in\s+disk\.symlinks\s*\z""")]
    private static partial Regex ByIdOnly();
}
