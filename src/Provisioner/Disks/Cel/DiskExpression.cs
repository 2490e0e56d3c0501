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
            var text = new ConfigText(devPath.Groups["path"].Value, match.Line, match.Column) { File = match.File };
            if (InstallDisk.IsKernelName(text.Value)) return new DiskExpression([], text.Value);
        }

        try
        {
            return new DiskExpression(Conditions(match.Value, CelScope.Install));
        }
        catch (CelException error)
        {
            problems.Add(match, Field, error.Message, "use size, serial, wwid, model, transport or rotational, best serial");
            return new DiskExpression([]);
        }
    }

    /// <summary>One for each term that <c>&amp;&amp;</c> joins at the top.</summary>
    /// <exception cref="CelException">Why the expression cannot be used.</exception>
    public static IReadOnlyList<DiskPredicate> Conditions(string expression, CelScope scope) =>
        [.. new CelParser(expression, scope).ReadConditions().Select(c => new DiskPredicate(c.Text, c.Term.IsTrueFor, d => CelNames.Actual(d, c.Fields), c.Text))];

    [GeneratedRegex("""^\s*disk\.dev_path\s*==\s*(?<quote>["'])(?<path>/dev/[a-z0-9]+)\k<quote>\s*\z""")]
    private static partial Regex DevPathOnly();
}
