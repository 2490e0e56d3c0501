using Kronform.Provision.VirtualRack.Machines;
using static Kronform.Provision.VirtualRack.Machines.MachineEvent;
using static Kronform.Provision.VirtualRack.Machines.MachineState;

namespace Kronform.Provision.VirtualRack.Tests.Machines;

public sealed class MachineTransitionsTests
{
    /// <summary>All that may happen; what is not here must change nothing.</summary>
    private static readonly Dictionary<(MachineState, MachineEvent), MachineState> Expected = new()
    {
        [(Off, PowerOn)] = Post,
        [(Off, Reset)] = Post,
        [(Post, Reset)] = Post,
        [(Post, PowerCut)] = Off,
        [(Post, Booted)] = Running,
        [(Post, BootFailed)] = Stuck,
        [(Stuck, Reset)] = Post,
        [(Stuck, PowerCut)] = Off,
        [(Running, Reset)] = Post,
        [(Running, PowerCut)] = Off,
        [(Running, GuestReset)] = Post,
        [(Running, GuestPowerOff)] = Off,
        [(Running, Died)] = Off,
        [(Running, Hang)] = Hung,
        [(Hung, Resume)] = Running,
        [(Hung, Reset)] = Post,
        [(Hung, PowerCut)] = Off,
        [(Hung, GuestReset)] = Post,
        [(Hung, GuestPowerOff)] = Off,
        [(Hung, Died)] = Off,
    };

    public static TheoryData<MachineState, MachineEvent> All()
    {
        var all = new TheoryData<MachineState, MachineEvent>();
        foreach (var state in Enum.GetValues<MachineState>())
        {
            foreach (var what in Enum.GetValues<MachineEvent>())
                all.Add(state, what);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_state_answers_every_event_as_the_table_says(MachineState state, MachineEvent what) =>
        Assert.Equal(
            Expected.TryGetValue((state, what), out var next) ? next : (MachineState?)null, MachineTransitions.After(state, what));
}
