using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

/// <summary>The policy as a table: what was done, what is seen, what follows.</summary>
public sealed class DecisionTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly RunLimits Limits = new();
    private static readonly NodeSpec Node = new() { Name = "n4", ServerNumber = 321, Role = NodeRole.ControlPlane, ConfigPath = "n4.yaml", Bootstrap = true, Line = 1, Column = 1 };
    private static readonly RunRecord Fresh = new() { BootNonce = "aa" };
    private static readonly RunRecord Pressed = Fresh with { Resets = 1, LastReset = new ResetRecord("hw", "rescue", Start, Settled: false) };
    private static readonly RunRecord Written = Fresh with { Resets = 1, LastReset = Pressed.LastReset! with { Settled = true }, Written = new WrittenImage(new DiskIdentity("S1", null, 1), 1, "ab") };
    private static readonly RunRecord Rebooted = Written with { Reboot = new RebootRecord("boot-1", Start, 1) };
    private static readonly RunRecord Configured = Rebooted with { ConfigSentAt = Start };

    private static readonly Observation Silent = new Observation.Silent("nothing");
    private static readonly Observation Foreign = new Observation.ForeignSystem("other key");
    private static readonly Observation Rescue = new Observation.Rescue("boot-1", "proven");
    private static readonly Observation Ours = new Observation.Maintenance(true, "nonce");
    private static readonly Observation NotOurs = new Observation.Maintenance(false, "no nonce");

    [Fact]
    public void A_server_that_nothing_is_known_of_is_booted_into_rescue_only_when_its_silence_lasts()
    {
        Assert.IsType<NextAction.Wait>(Decide(Fresh, Silent, TimeSpan.FromSeconds(5)));
        Assert.IsType<NextAction.EnterRescue>(Decide(Fresh, Silent, TimeSpan.FromSeconds(6)));
    }

    [Fact]
    public void What_answers_and_cannot_be_asked_is_waited_for_and_never_reset()
    {
        var unclear = new Observation.Unclear("its clock is wrong");
        foreach (var record in new[] { Fresh, Pressed, Written, Rebooted, Configured })
        foreach (int minutes in new[] { 0, 2, 9, 17, 600 })
        foreach (bool known in new[] { false, true })
        {
            var action = Decision.Next(Node, record, unclear, Limits, At(TimeSpan.FromMinutes(minutes)) with { KnownNode = known });
            Assert.True(action is NextAction.Wait or NextAction.Stop, $"{action}");
            if (minutes == 600) AssertStop(FailureCode.TalosUnreachable, action);
        }
    }

    [Fact]
    public void A_rescue_system_without_a_written_disk_leads_to_the_installation() =>
        Assert.IsType<NextAction.Install>(Decide(Fresh, Rescue));

    [Fact]
    public void A_disk_that_this_process_wrote_is_booted() =>
        Assert.IsType<NextAction.Boot>(Decide(Written with { FreshlyWritten = true }, Rescue));

    [Fact]
    public void A_disk_that_an_earlier_process_wrote_is_read_back_before_it_is_booted() =>
        Assert.IsType<NextAction.VerifyAndBoot>(Decide(Written, Rescue));

    [Fact]
    public void A_rescue_system_that_was_asked_to_reboot_gets_time_to_go_down()
    {
        Assert.IsType<NextAction.Wait>(Decide(Rebooted, Rescue, TimeSpan.FromSeconds(10)));
        Assert.IsType<NextAction.VerifyAndBoot>(Decide(Rebooted, Rescue, TimeSpan.FromSeconds(91)));
        Assert.IsType<NextAction.VerifyAndBoot>(Decide(Rebooted, new Observation.Rescue("boot-2", "again"), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_server_that_comes_back_to_rescue_again_and_again_is_a_case_for_a_person() =>
        AssertStop(FailureCode.BootDeadline, Decide(Rebooted with { Reboot = Rebooted.Reboot! with { Count = 3 } }, new Observation.Rescue("boot-9", "again")));

    [Fact]
    public void Our_maintenance_mode_gets_its_machine_config() =>
        Assert.IsType<NextAction.SendConfig>(Decide(Rebooted, Ours));

    [Fact]
    public void Maintenance_mode_right_after_the_config_was_sent_is_waited_out_and_then_sent_again()
    {
        Assert.IsType<NextAction.Wait>(Decide(Configured, Ours, TimeSpan.FromSeconds(30)));
        Assert.IsType<NextAction.SendConfig>(Decide(Configured, Ours, TimeSpan.FromSeconds(61)));
    }

    [Fact]
    public void A_maintenance_mode_without_our_nonce_never_gets_a_machine_config()
    {
        foreach (var record in new[] { Rebooted, Configured })
        {
            Assert.IsType<NextAction.Wait>(Decide(record, NotOurs, TimeSpan.FromSeconds(30)));
            AssertStop(FailureCode.BootNotOurs, Decide(record, NotOurs, TimeSpan.FromSeconds(31)));
        }

        Assert.IsType<NextAction.EnterRescue>(Decide(Fresh, NotOurs));
    }

    [Fact]
    public void A_healthy_node_is_done_whatever_the_record_says()
    {
        foreach (var record in new[] { Fresh, Pressed, Written, Rebooted, Configured })
            Assert.IsType<NextAction.Done>(Decide(record, Healthy()));
    }

    [Fact]
    public void A_worker_that_lacks_trustd_says_so_while_it_waits_and_when_the_deadline_has_passed()
    {
        var silent = new Observation.Silent("refused") { Misses = "trustd (50001/tcp)" };
        Assert.Contains("trustd", Assert.IsType<NextAction.Wait>(Decide(Configured, silent, TimeSpan.FromMinutes(1))).For, StringComparison.Ordinal);
        Assert.Contains("trustd", Assert.IsType<NextAction.Stop>(Decide(Configured, silent, TimeSpan.FromMinutes(21))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_marked_node_is_bootstrapped()
    {
        var waiting = new Observation.Configured(new NodeHealth(false, true, "etcd"), "waits");
        Assert.IsType<NextAction.Bootstrap>(Decide(Configured, waiting));
        Assert.IsType<NextAction.Wait>(Decision.Next(Node with { Bootstrap = false }, Configured, waiting, Limits, At(TimeSpan.Zero)));
    }

    [Fact]
    public void An_unhealthy_node_is_watched_until_the_deadline_and_never_touched()
    {
        var unhealthy = new Observation.Configured(new NodeHealth(false, false, "service etcd to be healthy"), "not yet");
        Assert.IsType<NextAction.Wait>(Decide(Configured, unhealthy, TimeSpan.FromMinutes(19)));
        AssertStop(FailureCode.TalosUnhealthy, Decide(Configured, unhealthy, TimeSpan.FromMinutes(21)));
        Assert.IsType<NextAction.Wait>(Decide(Fresh, unhealthy));
    }

    [Fact]
    public void A_node_of_another_cluster_is_never_touched()
    {
        foreach (var record in new[] { Fresh, Pressed, Written, Rebooted, Configured })
            AssertStop(FailureCode.TalosForeign, Decide(record, new Observation.ConfiguredForeign("other CA")));
    }

    [Fact]
    public void While_the_rescue_system_may_be_booting_nothing_is_pressed()
    {
        foreach (var observation in new[] { Silent, Foreign, NotOurs, new Observation.RescueOfOthers(false, "old"), new Observation.Unclear("x") })
            Assert.IsType<NextAction.Wait>(Decision.Next(Node, Pressed, observation, Limits, At(TimeSpan.FromMinutes(7)) with { ObservedSince = Start + TimeSpan.FromSeconds(30) }));
    }

    [Fact]
    public void What_has_answered_without_a_break_since_the_press_was_not_reset_by_it()
    {
        foreach (var observation in new[] { Foreign, NotOurs, new Observation.RescueOfOthers(false, "old") })
        {
            Assert.IsType<NextAction.Wait>(Decide(Pressed, observation, TimeSpan.FromMinutes(5)));
            Assert.IsType<NextAction.EnterRescue>(Decide(Pressed, observation, TimeSpan.FromSeconds(301)));
        }

        // Silence may be a boot, and so may what does not say what it is.
        foreach (var observation in new[] { Silent, new Observation.Unclear("x") })
            Assert.IsType<NextAction.Wait>(Decide(Pressed, observation, TimeSpan.FromSeconds(301)));
    }

    [Fact]
    public void A_rescue_system_that_does_not_go_down_is_asked_twice_then_reset_then_left_to_a_person()
    {
        var twice = Rebooted with { Reboot = new RebootRecord("boot-1", Start, 2) { Asked = 2 } };
        Assert.IsType<NextAction.Wait>(Decide(twice, Rescue, TimeSpan.FromSeconds(90)));
        // The press into rescue was two minutes ago at least.
        Assert.IsType<NextAction.Wait>(Decide(twice, Rescue, TimeSpan.FromSeconds(100)));
        Assert.Contains("boot-1", Assert.IsType<NextAction.ResetToDisk>(Decide(twice, Rescue, TimeSpan.FromSeconds(121))).Because, StringComparison.Ordinal);

        var mild = After(twice, new ResetPressing("sw", "disk") { At = Start.AddMinutes(2) });
        Assert.IsType<NextAction.Wait>(Decide(mild, Rescue, TimeSpan.FromMinutes(3)));
        Assert.IsType<NextAction.ResetToDisk>(Decide(mild, Rescue, TimeSpan.FromMinutes(5)));

        var hard = After(mild, new ResetInVain("still there") { At = Start.AddMinutes(5) }, new ResetPressing("hw", "disk") { At = Start.AddMinutes(5) });
        var stop = Assert.IsType<NextAction.Stop>(Decide(hard, Rescue, TimeSpan.FromMinutes(8)));
        Assert.Equal(FailureCode.BootDeadline, stop.Code);
        Assert.Contains("SSH 2 times, last at 03:00:00 UTC; sw at 03:02:00 UTC, then at 03:05:00 UTC: still there; hw at 03:05:00 UTC; now, at 03:08:00 UTC: proven", stop.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_Alt_Del_that_did_not_bring_the_disk_up_is_followed_by_the_reset_button()
    {
        var mild = Rebooted with { Resets = 2, LastReset = new ResetRecord("sw", "disk", Start, Settled: false) };
        Assert.IsType<NextAction.Wait>(Decide(mild, Silent, TimeSpan.FromMinutes(14)));
        Assert.IsType<NextAction.ResetToDisk>(Decide(mild, Silent, TimeSpan.FromMinutes(16)));
        AssertStop(FailureCode.BootDeadline, Decide(mild with { LastReset = mild.LastReset! with { Type = "hw" } }, Silent, TimeSpan.FromMinutes(16)));
    }

    [Fact]
    public void However_a_server_behaves_it_is_pressed_three_times_at_most_and_never_while_it_may_be_booting()
    {
        Observation[] looks = [Silent, Foreign, NotOurs, Rescue, new Observation.Rescue("boot-2", "again"), new Observation.RescueOfOthers(false, "x"), new Observation.Unclear("x"), new Observation.Silent("refused") { Refuses = true }];
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var record = seed % 2 == 0 ? Fresh : Written;
            DateTimeOffset now = Start, since = Start, changes = Start;
            var seen = looks[random.Next(looks.Length)];
            var presses = new List<DateTimeOffset>();
            while (now < Start.AddHours(3))
            {
                if (now >= changes)
                {
                    var next = looks[random.Next(looks.Length)];
                    if (next.GetType() != seen.GetType()) since = now;
                    (seen, changes) = (next, now.AddSeconds(random.Next(5, 1200)));
                }

                var action = Decision.Next(Node, record, seen, Limits, new Circumstances(now, Start, since, AllowReset: true, KnownNode: false));
                if (action is NextAction.EnterRescue or NextAction.ResetToDisk)
                {
                    // Unless the whole time of the press before is over, something answers that has not been interrupted since, or whose boot id is known.
                    bool over = presses.Count == 0 || now - presses[^1] > (record.LastReset!.Purpose == "rescue" ? Limits.RescueDeadline : Limits.BootDeadline);
                    bool answers = presses.Count > 0 && since <= presses[^1].AddSeconds(10) && now - presses[^1] > Limits.IgnoredPress && seen is not (Observation.Silent or Observation.Unclear);
                    bool stuck = action is NextAction.ResetToDisk && seen is Observation.Rescue { BootId: var id } && id == record.Reboot!.FromBootId;
                    bool settled = record.LastReset is { Settled: true } && now - presses.LastOrDefault() >= Limits.ResetGap;
                    // A rescue system that is proven by its host key came up instead of the disk: that boot is over.
                    bool otherwise = seen is Observation.RescueOfOthers && record.LastReset is { Purpose: "disk" };
                    Assert.True(over || answers || stuck || settled || otherwise, $"seed {seed}: {action} at {now - Start} after {string.Join(", ", presses.Select(p => p - Start))}, seeing {seen}");
                    Assert.True(presses.Count == 0 || now - presses[^1] >= Limits.ResetGap, $"seed {seed}: {action} only {now - presses.LastOrDefault()} after the press before");
                    presses.Add(now);
                    record = After(record, new ResetPressing("hw", action is NextAction.EnterRescue ? "rescue" : "disk") { At = now });
                }
                else if (action is NextAction.Install) record = After(record, new RescueProven("b", [], null), new WriteStarting(new DiskIdentity("S1", null, 1), "p"), new WriteDone(new DiskIdentity("S1", null, 1), 1, "ab"));
                else if (action is NextAction.Boot or NextAction.VerifyAndBoot) record = After(record, new RescueProven("b", [], null), new RebootAsking(((Observation.Rescue)seen).BootId) { At = now });
                else if (action is NextAction.Stop) break;
                now = now.AddSeconds(10);
            }

            Assert.InRange(presses.Count, 0, Limits.MaxResets);
        }
    }

    [Fact]
    public void A_rescue_system_that_does_not_come_is_tried_again_within_the_budget_and_then_given_up()
    {
        Assert.IsType<NextAction.EnterRescue>(Decide(Pressed, Silent, TimeSpan.FromMinutes(9)));
        AssertStop(FailureCode.RescueDeadline, Decide(Pressed with { Resets = 3 }, Silent, TimeSpan.FromMinutes(9)));
    }

    [Fact]
    public void Two_resets_are_never_closer_than_the_gap()
    {
        var short_ = Limits with { RescueDeadline = TimeSpan.FromSeconds(30) };
        Assert.IsType<NextAction.Wait>(Decision.Next(Node, Pressed, Silent, short_, At(TimeSpan.FromSeconds(60))));
        Assert.IsType<NextAction.EnterRescue>(Decision.Next(Node, Pressed, Silent, short_, At(TimeSpan.FromSeconds(121))));
    }

    [Fact]
    public void A_running_foreign_system_is_not_reset_unless_the_operator_says_so()
    {
        AssertStop(FailureCode.ForeignSystem, Decide(Fresh, Foreign));
        Assert.IsType<NextAction.EnterRescue>(Decision.Next(Node, Fresh, Foreign, Limits, At(TimeSpan.Zero) with { AllowReset = true }));
    }

    [Fact]
    public void A_port_that_comes_and_goes_is_neither_reset_nor_watched_for_ever()
    {
        foreach (var observation in new[] { Silent, new Observation.Unclear("stuck") })
        {
            var flapping = At(TimeSpan.FromSeconds(2)) with { UnknownSince = Start - TimeSpan.FromMinutes(1) };
            Assert.IsType<NextAction.Wait>(Decision.Next(Node, Fresh, observation, Limits, flapping));
            AssertStop(FailureCode.TalosUnreachable, Decision.Next(Node, Fresh, observation, Limits, flapping with { UnknownSince = Start - TimeSpan.FromMinutes(4) }));
        }
    }

    [Fact]
    public void A_node_that_never_takes_its_config_is_given_up()
    {
        Assert.IsType<NextAction.SendConfig>(Decide(Rebooted, Ours, TimeSpan.FromMinutes(19)));
        AssertStop(FailureCode.TalosUnhealthy, Decide(Rebooted, Ours, TimeSpan.FromMinutes(21)));
    }

    [Fact]
    public void A_node_that_was_healthy_once_is_not_reset_for_being_silent()
    {
        AssertStop(FailureCode.TalosUnreachable, Decision.Next(Node, Fresh, Silent, Limits, At(TimeSpan.Zero) with { KnownNode = true }));
        Assert.IsType<NextAction.EnterRescue>(Decision.Next(Node, Fresh, Silent, Limits, At(TimeSpan.FromMinutes(1)) with { KnownNode = true, AllowReset = true }));

        // A press of ours from weeks ago says nothing about what runs there today.
        AssertStop(FailureCode.TalosUnreachable, Decision.Next(Node, Pressed, Silent, Limits, At(TimeSpan.FromDays(14)) with { KnownNode = true }));
        AssertStop(FailureCode.ForeignSystem, Decide(Pressed, Foreign, TimeSpan.FromDays(14)));
    }

    [Fact]
    public void Silence_after_the_reboot_is_waited_for_then_one_reset_then_a_person()
    {
        Assert.IsType<NextAction.Wait>(Decide(Rebooted, Silent, TimeSpan.FromMinutes(14)));
        Assert.IsType<NextAction.ResetToDisk>(Decide(Rebooted, Silent, TimeSpan.FromMinutes(16)));
        var reset = Rebooted with { Resets = 2, LastReset = new ResetRecord("hw", "disk", Start + TimeSpan.FromMinutes(16), Settled: false) };
        Assert.IsType<NextAction.Wait>(Decide(reset, Silent, TimeSpan.FromMinutes(20)));
        AssertStop(FailureCode.BootDeadline, Decide(reset, Silent, TimeSpan.FromMinutes(32)));
    }

    [Fact]
    public void A_boot_into_rescue_is_not_cut_off_also_when_a_disk_was_written_before() =>
        Assert.IsType<NextAction.Wait>(Decide(Written with { LastReset = Pressed.LastReset }, Silent, TimeSpan.FromMinutes(5)));

    [Fact]
    public void A_rescue_system_armed_with_our_key_that_refuses_it_is_not_armed_again() =>
        AssertStop(FailureCode.RescueAuthentication, Decide(Pressed, new Observation.RescueOfOthers(true, "permission denied")));

    [Fact]
    public void An_operator_who_runs_again_waits_again()
    {
        var later = At(TimeSpan.FromDays(1)) with { AttemptBegan = Start + TimeSpan.FromDays(1) };
        Assert.IsType<NextAction.Wait>(Decision.Next(Node, Rebooted, Silent, Limits, later));
        Assert.IsType<NextAction.Wait>(Decision.Next(Node, Configured, Silent, Limits, later));
    }

    [Fact]
    public void A_node_that_takes_no_bootstrap_and_one_that_stays_in_maintenance_are_given_up_in_the_end()
    {
        var waiting = new Observation.Configured(new NodeHealth(false, true, "etcd"), "waits");
        AssertStop(FailureCode.TalosUnhealthy, Decide(Configured, waiting, TimeSpan.FromMinutes(21)));
        AssertStop(FailureCode.TalosUnhealthy, Decide(Configured, Ours, TimeSpan.FromMinutes(21)));
    }

    [Fact]
    public void A_bootstrap_that_was_accepted_is_not_asked_for_again_at_once()
    {
        var waiting = new Observation.Configured(new NodeHealth(false, true, "etcd"), "waits");
        var accepted = Configured with { BootstrapAsked = true, BootstrapDoneAt = Start };
        Assert.IsType<NextAction.Wait>(Decide(accepted, waiting, TimeSpan.FromSeconds(30)));
        Assert.IsType<NextAction.Bootstrap>(Decide(accepted, waiting, TimeSpan.FromSeconds(61)));
    }

    [Fact]
    public void A_wrong_host_key_and_an_unproven_rescue_stop_at_once()
    {
        foreach (var record in new[] { Fresh, Pressed, Written, Rebooted })
        {
            AssertStop(FailureCode.RescueHostKey, Decide(record, new Observation.WrongHostKey("other")));
            AssertStop(FailureCode.RescueNotProven, Decide(record, new Observation.UnprovenRescue("its host name is db1")));
            AssertStop(FailureCode.BootVkvm, Decide(record, new Observation.Vkvm("emulated disks")));
        }
    }

    [Fact]
    public void Nothing_but_a_proven_rescue_system_ever_leads_to_a_write()
    {
        Observation[] others = [Silent, Foreign, Ours, NotOurs, Healthy(), new Observation.RescueOfOthers(false, "x"), new Observation.RescueOfOthers(true, "x"), new Observation.Unclear("x"), new Observation.ConfiguredForeign("x"), new Observation.Vkvm("x"), new Observation.UnprovenRescue("x"), new Observation.WrongHostKey("x")];
        foreach (var record in new[] { Fresh, Pressed, Written, Rebooted, Configured })
        foreach (var observation in others)
        foreach (int minutes in new[] { 0, 1, 5, 10, 30, 600 })
        foreach (bool allow in new[] { false, true })
        {
            var action = Decision.Next(Node, record, observation, Limits, At(TimeSpan.FromMinutes(minutes)) with { AllowReset = allow });
            Assert.False(action is NextAction.Install or NextAction.VerifyAndBoot or NextAction.Boot, $"{observation} led to {action}");
        }
    }

    private static RunRecord After(RunRecord record, params JournalEntry[] entries) => entries.Aggregate(record, (r, e) => r.After(e));

    private static Observation.Configured Healthy() => new(new NodeHealth(true, false, "fine"), "healthy");

    private static NextAction Decide(RunRecord record, Observation observation, TimeSpan after = default) =>
        Decision.Next(Node, record, observation, Limits, At(after));

    private static Circumstances At(TimeSpan after) => new(Start + after, AttemptBegan: Start, ObservedSince: Start, AllowReset: false, KnownNode: false);

    private static void AssertStop(FailureCode code, NextAction action) =>
        Assert.Equal(code, Assert.IsType<NextAction.Stop>(action).Code);
}
