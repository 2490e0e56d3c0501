using Kronform.Provision.Failures;
using Kronform.Provision.Provisioner.Tests.Disks.RandomMachines;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Disks;

/// <summary>A slice of what <c>scripts/bench selection</c> does a million times.</summary>
public sealed class RandomSelectionTests
{
    private const int FirstSeed = 20_260_921;
    private const int Machines = 10_000;

    [Fact]
    public void Random_machines_get_the_answer_that_the_rules_give()
    {
        var answers = new Dictionary<string, int>();
        for (var seed = FirstSeed; seed < FirstSeed + Machines; seed++)
        {
            var (code, mistake) = SelectionTrial.Run(seed);
            Assert.True(mistake is null, mistake);
            var name = code?.Name ?? "clear";
            answers[name] = answers.GetValueOrDefault(name) + 1;
        }

        // Machines that always end alike would prove nothing.
        foreach (var code in new[] { "clear", FailureCode.DiskNone.Name, FailureCode.DiskAmbiguous.Name, FailureCode.DiskGuarded.Name, FailureCode.DiskTalosDisagrees.Name, FailureCode.BootThreat.Name })
            Assert.True(answers.GetValueOrDefault(code) >= Machines / 200, $"{code} came {answers.GetValueOrDefault(code)} times in {Machines}");
    }
}
