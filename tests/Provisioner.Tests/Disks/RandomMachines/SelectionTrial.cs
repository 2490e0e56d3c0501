using Kronform.Provision.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Provisioner.Tests.Disks.RandomMachines;

/// <summary>One random machine decided and held against the right answer. A seed names it for ever.</summary>
internal static class SelectionTrial
{
    private const long ImageBytes = 4453302272;

    /// <returns>The answer's code (null: a disk was chosen and nothing stops), and what is wrong; null when nothing is.</returns>
    public static (FailureCode? Code, string? Mistake) Run(int seed)
    {
        try
        {
            return Decide(seed);
        }
        catch (Exception error)
        {
            return (null, $"seed {seed}: {error}");
        }
    }

    private static (FailureCode? Code, string? Mistake) Decide(int seed)
    {
        var random = new Random(seed);
        var machine = RandomMachine.Make(random);
        var wish = RandomWish.Make(random, machine);
        string[] allowed = random.Next(4) == 0 && machine[random.Next(machine.Count)].Serial is { } serial ? [serial] : [];
        var right = RightAnswer.Of(machine, wish, ImageBytes, allowed);

        BlockDevice[] devices = [.. machine.Select(d => d.Device)];
        var plan = DiskSelection.Choose(devices, wish.Criteria, ImageBytes, allowed);
        var mistake = Wrong(plan, right) ?? DependsOnNames(random, machine, wish, allowed, right) ?? HashIsWrong(random, devices, plan);
        return (plan.Problem?.Code, mistake is null ? null : Describe(seed, machine, wish, allowed, right, plan, mistake));
    }

    private static string? Wrong(DiskPlan plan, RightAnswer right)
    {
        if (plan.Problem?.Code != right.Code) return $"the code is {plan.Problem?.Code.Name ?? "none"} and should be {right.Code?.Name ?? "none"}";
        if (!ReferenceEquals(plan.Chosen, right.Disk?.Device)) return $"the disk is {plan.Chosen?.Name ?? "none"} and should be {right.Disk?.Device.Name ?? "none"}";
        if (plan.Verdicts.Count(v => v.Kind == VerdictKind.Selected) != (plan.Chosen is null ? 0 : 1)) return "the verdicts do not say what was chosen";
        return plan.IsClear == (right.Code is null) ? null : "a problem does not stop the run";
    }

    /// <summary>A reboot: other names, another order of everything.</summary>
    private static string? DependsOnNames(Random random, List<TrueDisk> machine, RandomWish wish, string[] allowed, RightAnswer right)
    {
        BlockDevice[] devices = [.. machine.Select(d => d.Device)];
        var names = devices.Select(d => d.Name).ToArray();
        random.Shuffle(names);
        var renamed = devices.Select((d, i) => d with { Name = names[i], Partitions = [.. d.Partitions.Reverse()], Signatures = [.. d.Signatures.Reverse()] }).ToArray();
        var slot = right.Disk is null ? null : renamed[machine.FindIndex(d => d.Slot == right.Disk.Slot)];
        random.Shuffle(renamed);
        var plan = DiskSelection.Choose(renamed, wish.Criteria, ImageBytes, allowed);
        if (plan.Problem?.Code != right.Code) return $"after renaming the code is {plan.Problem?.Code.Name ?? "none"}";
        if (!ReferenceEquals(plan.Chosen, slot)) return $"after renaming the disk is {plan.Chosen?.Identity}";
        return slot is null || Hash(slot, devices) == Hash(slot, renamed) ? null : "the plan hash depends on names or order";
    }

    private static string? HashIsWrong(Random random, BlockDevice[] devices, DiskPlan plan)
    {
        if (plan.Chosen is not { } chosen) return null;
        var hash = Hash(chosen, devices);
        // Of a disk without a medium nothing matters.
        var counted = Enumerable.Range(0, devices.Length).Where(i => devices[i].SizeBytes > 0).ToArray();
        var index = counted[random.Next(counted.Length)];
        BlockDevice[] With(BlockDevice changed) => [.. devices.Select((d, i) => i == index ? changed : d)];

        var (name, change) = Changes.ThatMatter[random.Next(Changes.ThatMatter.Count)];
        if (Hash(chosen, With(change(devices[index]))) == hash) return $"the plan hash does not see a change of {name} on {devices[index].Name}";
        (name, change) = Changes.OfNoMatter[random.Next(Changes.OfNoMatter.Count)];
        if (Hash(chosen, With(change(devices[index]))) != hash) return $"the plan hash sees {name} on {devices[index].Name}";
        return random.Next(3) switch
        {
            0 => Hash(chosen, [.. devices.Where((_, i) => i != index)]) == hash ? $"the plan hash does not see that {devices[index].Name} is gone" : null,
            1 => PlanHash.Compute("n5", chosen.Identity, devices, "image") == hash ? "the plan hash does not see the node" : null,
            _ => PlanHash.Compute("n4", chosen.Identity, devices, "other") == hash ? "the plan hash does not see the image" : null,
        };
    }

    private static string Hash(BlockDevice chosen, IReadOnlyList<BlockDevice> devices) => PlanHash.Compute("n4", chosen.Identity, devices, "image");

    private static string Describe(int seed, List<TrueDisk> machine, RandomWish wish, string[] allowed, RightAnswer right, DiskPlan plan, string mistake) => $"""
        seed {seed}: {mistake}
          wish: {wish.Text}{(allowed.Length == 0 ? "" : $", --allow-data-loss {allowed[0]}")}
          right: {right.Code?.Name ?? "clear"} {right.Disk}
          got: {plan.Problem?.Code.Name ?? "clear"} {plan.Chosen?.Name} {plan.Problem?.Message}
          disks:
        {string.Join('\n', machine.Select(d => "    " + d))}
        """;
}
