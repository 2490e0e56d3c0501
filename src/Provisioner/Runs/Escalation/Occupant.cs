namespace Kronform.Provision.Runs.Escalation;

/// <summary>What is known to run on a server that is to be reset: who would answer Ctrl+Alt+Del.</summary>
public enum Occupant
{
    /// <summary>Nothing answers, not even with a refusal: off, hung, in firmware, or cut off from the network.</summary>
    NobodyKnown,

    /// <summary>A port is refused, so a kernel runs there.</summary>
    Kernel,

    /// <summary>SSH answers, and it is no rescue system of ours.</summary>
    ForeignSystem,

    /// <summary>A rescue system: ours that does not go down, or one that does not let us in.</summary>
    RescueSystem,

    /// <summary>Talos without a machine config: it runs from memory and has nothing to write out.</summary>
    TalosMaintenance,
}

public static class Occupants
{
    public static Occupant Of(Observation observation) => observation switch
    {
        Observation.Rescue or Observation.RescueOfOthers => Occupant.RescueSystem,
        Observation.ForeignSystem => Occupant.ForeignSystem,
        Observation.Maintenance => Occupant.TalosMaintenance,
        Observation.Silent { Refuses: true } => Occupant.Kernel,
        _ => Occupant.NobodyKnown,
    };
}
