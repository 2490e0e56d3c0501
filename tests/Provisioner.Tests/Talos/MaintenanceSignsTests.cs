using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Talos;

/// <summary>A server that asks for no client certificate, by its answers: one line for each family of versions and each impostor.</summary>
public sealed class MaintenanceSignsTests
{
    private const string Old = "API is not implemented in maintenance mode";
    private static readonly TalosAnswer<string> NoResource = new(GrpcCode.PermissionDenied, "resource type \"Versions.runtime.talos.dev\" is not supported", null);

    public static TheoryData<string, GrpcCode, string, string?, TalosStage, string?, string> Nodes { get; } = new()
    {
        // release, Version's code and text, Versions resource, stage, tag that is found, reason
        { "v1.4.8", GrpcCode.Unimplemented, Old, null, TalosStage.Booting, null, "up to 1.9" },
        { "v1.5.6", GrpcCode.Unimplemented, Old, null, TalosStage.Maintenance, null, "its stage is maintenance" },
        { "v1.8.4", GrpcCode.Unimplemented, Old, null, TalosStage.Maintenance, null, Old },
        { "v1.9.6", GrpcCode.Unimplemented, Old, null, TalosStage.Maintenance, null, Old },
        { "v1.10.9", GrpcCode.Unimplemented, Old, "v1.10.9", TalosStage.Maintenance, "v1.10.9", Old },
        { "v1.12.11", GrpcCode.Unimplemented, Old, "v1.12.11", TalosStage.Maintenance, "v1.12.11", Old },
        { "v1.13.9", GrpcCode.Ok, "v1.13.9", null, TalosStage.Maintenance, "v1.13.9", "answers Version to a caller without certificate" },
        { "v1.14.0-rc.1", GrpcCode.Ok, "v1.14.0-rc.1", null, TalosStage.Booting, "v1.14.0-rc.1", "answers Version to a caller without certificate" },
        { "a later one that refuses in other words", GrpcCode.Unimplemented, "not in this mode", null, TalosStage.Maintenance, null, "its machine status is in stage maintenance" },
    };

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Every_family_is_known_by_its_own_sign(string release, GrpcCode code, string text, string? resource, TalosStage stage, string? tag, string reason)
    {
        var version = code == GrpcCode.Ok ? new TalosAnswer<string>(code, "", text) : new TalosAnswer<string>(code, text, null);

        var kind = MaintenanceSigns.Judge(version, resource is null ? NoResource : new TalosAnswer<string>(GrpcCode.Ok, "", resource), Status(stage));

        var talos = Assert.IsType<MaintenanceKind.Talos>(kind);
        Assert.Equal(tag, talos.Tag);
        Assert.True(talos.Reason.Contains(reason, StringComparison.Ordinal), $"{release}: {talos.Reason}");
    }

    [Theory]
    [InlineData(GrpcCode.Unimplemented, "unknown service machine.MachineService")]
    [InlineData(GrpcCode.Unimplemented, "method Version not implemented")]
    [InlineData(GrpcCode.Unimplemented, "the node answered with HTTP status 404")]
    [InlineData(GrpcCode.Unknown, "the node answered with content type 'text/html', not gRPC")]
    [InlineData(GrpcCode.Unauthenticated, "token required")]
    public void Another_server_on_the_port_is_not_Talos(GrpcCode code, string text)
    {
        var kind = MaintenanceSigns.Judge(new(code, text, null), NoResource, new(code, text, null));

        Assert.Contains(text, Assert.IsType<MaintenanceKind.Other>(kind).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GrpcCode.Unavailable, GrpcCode.Unavailable)]
    [InlineData(GrpcCode.DeadlineExceeded, GrpcCode.Ok)]
    [InlineData(GrpcCode.Cancelled, GrpcCode.Unavailable)]
    [InlineData(GrpcCode.Unimplemented, GrpcCode.Unavailable)]
    public void What_is_not_answered_decides_nothing(GrpcCode version, GrpcCode status) =>
        Assert.IsType<MaintenanceKind.Undecided>(MaintenanceSigns.Judge(new(version, "lost", null), NoResource, new(status, "lost", null)));

    [Theory]
    [InlineData(TalosStage.Running)]
    [InlineData(TalosStage.Rebooting)]
    [InlineData(TalosStage.Resetting)]
    public void A_node_on_its_way_out_of_maintenance_is_undecided(TalosStage stage) =>
        Assert.IsType<MaintenanceKind.Undecided>(MaintenanceSigns.Judge(new(GrpcCode.Ok, "", "v1.13.9"), NoResource, Status(stage)));

    [Theory]
    [InlineData(GrpcCode.Unknown, "failed to parse config: yaml: line 3", ApplyOutcome.Rejected)]
    [InlineData(GrpcCode.InvalidArgument, "configuration validation failed: 1 error occurred", ApplyOutcome.Rejected)]
    [InlineData(GrpcCode.InvalidArgument, "missing kind", ApplyOutcome.Rejected)]
    [InlineData(GrpcCode.Unimplemented, "apply configuration --mode='no-reboot' is not supported in maintenance mode", ApplyOutcome.Rejected)]
    [InlineData(GrpcCode.Unimplemented, "API is not implemented in agent mode", ApplyOutcome.AgentMode)]
    [InlineData(GrpcCode.ResourceExhausted, "grpc: received message larger than max", ApplyOutcome.Rejected)]
    [InlineData(GrpcCode.FailedPrecondition, "another apply configuration is already in progress", ApplyOutcome.NotNow)]
    [InlineData(GrpcCode.FailedPrecondition, "configuration was already applied and node is rebooting, cannot apply more configuration changes until next reboot", ApplyOutcome.NotNow)]
    [InlineData(GrpcCode.FailedPrecondition, "method is not supported in container mode", ApplyOutcome.Rejected)]
    [InlineData(GrpcCode.PermissionDenied, "not authorized", ApplyOutcome.NotNow)]
    [InlineData(GrpcCode.Unavailable, "connection reset by the node", ApplyOutcome.Unknown)]
    [InlineData(GrpcCode.Cancelled, "broken off", ApplyOutcome.Unknown)]
    [InlineData(GrpcCode.DeadlineExceeded, "no answer within 30 s", ApplyOutcome.Unknown)]
    [InlineData(GrpcCode.Internal, "the stream ended inside a frame", ApplyOutcome.Unknown)]
    public void A_failed_apply_is_a_refusal_only_when_the_node_says_so(GrpcCode code, string text, ApplyOutcome outcome) =>
        Assert.Equal(outcome, ApplyRefusal.Of(code, text));

    private static TalosAnswer<TalosMachineStatus> Status(TalosStage stage) => new(GrpcCode.Ok, "", new TalosMachineStatus(stage, false, []));
}
