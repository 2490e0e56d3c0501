using System.Text.Json;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;
using Kronform.Provision.Testing;
using Spectre.Console;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Reports;

public sealed class ConsoleReporterTests
{
    private static readonly NodeResult Result = new("n4", "would be written", false, null, [new PhaseTime(RunPhase.Preflight, TimeSpan.FromSeconds(0.5)), new PhaseTime(RunPhase.Inspect, TimeSpan.FromSeconds(3))])
    {
        Time = new CommandTime(TimeSpan.FromSeconds(3.8), [new WaitTime(FarSide.Robot, TimeSpan.FromSeconds(0.3)), new WaitTime(FarSide.Ssh, TimeSpan.FromSeconds(1.1)), new WaitTime(FarSide.Agent, TimeSpan.FromSeconds(2))]),
    };

    [Fact]
    public void Timings_tell_the_programs_own_time_and_whom_it_waited_for()
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = 1000;
        new ConsoleReporter(console, new ManualTime(), showTimings: true).Finished(Result);

        string[] lines = [.. writer.ToString().Split('\n').Select(l => l.TrimEnd())];
        Assert.Equal(["n4 would be written", "    preflight        0.5 s", "    inspect          3.0 s", "    total            3.8 s"], lines[..4]);
        Assert.StartsWith("    own              0.4 s   (processor ", lines[4], StringComparison.Ordinal);
        Assert.Equal("    waiting for: robot 0.3 s, ssh 1.1 s, agent 2.0 s", lines[5]);
    }

    [Fact]
    public void Programs_get_the_same_times()
    {
        using var writer = new StringWriter();
        new JsonReporter(writer, new ManualTime()).Finished(Result);
        using var line = JsonDocument.Parse(writer.ToString());
        var time = line.RootElement.GetProperty("time");
        Assert.Equal((3.8, 0.4), (time.GetProperty("totalSeconds").GetDouble(), time.GetProperty("ownSeconds").GetDouble()));
        Assert.Equal("robot", time.GetProperty("waiting")[0].GetProperty("for").GetString());
        Assert.Equal(2, time.GetProperty("waiting")[2].GetProperty("seconds").GetDouble());
    }
}
