namespace Kronform.Provision.Faults.OnRack;

/// <summary>A fault on the virtual rack: real kernels, firmware and disks in QEMU, the published program, and its predicted outcome.</summary>
internal sealed record RackScenario
{
    public required string Name { get; init; }

    /// <summary>What goes wrong, in one sentence.</summary>
    public required string Why { get; init; }

    /// <summary>File and line it was read from.</summary>
    public string Place { get; init; } = "";

    /// <summary>A description that comes with the rack.</summary>
    public string Rack { get; init; } = "one-sata";

    /// <summary>The server that is provisioned.</summary>
    public string Node { get; init; } = "n4";

    /// <summary><c>bios</c> or <c>uefi</c>; null as the rack says.</summary>
    public string? Firmware { get; init; }

    public required IReadOnlyList<RackRun> Runs { get; init; }

    public required RackPrediction Expect { get; init; }

    public string Predicted => string.Join(", ", Runs.SelectMany(r => r.Expect));
}

/// <param name="Arguments">As typed.</param>
/// <param name="First">Acts before it begins.</param>
/// <param name="At">Acts in its midst; each happens once, in this order.</param>
/// <param name="Together">Processes at once.</param>
/// <param name="Expect">healthy, unchanged, killed or a failure code, one for each process, in any order; <c>a|b</c> for either.</param>
internal sealed record RackRun(string Arguments, IReadOnlyList<RackAct> First, IReadOnlyList<TimedAct> At, int Together, IReadOnlyList<string> Expect);

/// <param name="Verb">
/// <c>kill</c>, <c>term</c> (the process), <c>kill-agent</c>, <c>quirk</c>, <c>edit</c>, or what the rack does to a machine: hang,
/// link-down, power-cut, power-on, power-button, ctrl-alt-del, shuffle, reset.
/// </param>
/// <param name="Argument">How long it lasts before it is taken back (hang, link-down, power-cut); the quirk and its value; what is edited.</param>
internal sealed record RackAct(string Verb, string? Argument);

/// <param name="Phase">Of the run.</param>
/// <param name="Status">What the status says then; null for the phase's begin.</param>
internal sealed record TimedAct(string Phase, string? Status, TimeSpan After, RackAct Act);

internal sealed record RackPrediction
{
    public int Bootstraps { get; init; } = 1;

    /// <summary>At most.</summary>
    public int Resets { get; init; } = 1;

    /// <summary>Of the system disk: <c>image</c> (it boots Talos), <c>no-table</c>, <c>untouched</c>, or <c>any</c>.</summary>
    public string Disk { get; init; } = "image";
}
