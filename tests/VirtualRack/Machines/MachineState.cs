namespace Kronform.Provision.VirtualRack.Machines;

public enum MachineState
{
    /// <summary>No power. A reset or the power button starts it.</summary>
    Off,

    /// <summary>Power is on and the firmware is at work; what to boot has not been asked yet.</summary>
    Post,

    /// <summary>The firmware never gets to booting anything. Only a reset or a power cut leads out.</summary>
    Stuck,

    /// <summary>QEMU runs the rescue or what is on the disks, the firmware's part included.</summary>
    Running,

    /// <summary>As Running, but the processor stands still: ports stay silent, memory and disks keep what they hold.</summary>
    Hung,
}

public enum MachineEvent
{
    /// <summary>Somebody presses a button that starts a machine, or mains power returns.</summary>
    PowerOn,

    /// <summary>The reset line is pulled.</summary>
    Reset,

    /// <summary>Power goes away at once.</summary>
    PowerCut,

    /// <summary>The firmware chose what to boot and started it.</summary>
    Booted,

    /// <summary>The firmware chose something that does not start.</summary>
    BootFailed,

    /// <summary>The running system asked for a reset, or its kernel panicked into one.</summary>
    GuestReset,

    /// <summary>The running system switched the machine off.</summary>
    GuestPowerOff,

    /// <summary>QEMU ended without anybody having asked; to the world, the power failed.</summary>
    Died,

    Hang,
    Resume,
}

public static class MachineTransitions
{
    /// <summary>The only place where states follow one another. Null: the event means nothing in that state.</summary>
    public static MachineState? After(MachineState state, MachineEvent what) => (state, what) switch
    {
        (MachineState.Off, MachineEvent.PowerOn or MachineEvent.Reset) => MachineState.Post,
        (MachineState.Off, _) => null,

        (_, MachineEvent.Reset) => MachineState.Post,
        (_, MachineEvent.PowerCut) => MachineState.Off,

        (MachineState.Post, MachineEvent.Booted) => MachineState.Running,
        (MachineState.Post, MachineEvent.BootFailed) => MachineState.Stuck,

        (MachineState.Running, MachineEvent.Hang) => MachineState.Hung,
        (MachineState.Hung, MachineEvent.Resume) => MachineState.Running,
        (MachineState.Running or MachineState.Hung, MachineEvent.GuestReset) => MachineState.Post,
        (MachineState.Running or MachineState.Hung, MachineEvent.GuestPowerOff or MachineEvent.Died) => MachineState.Off,
        _ => null,
    };
}
