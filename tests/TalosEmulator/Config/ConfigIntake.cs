using Kronform.Provision.Talos.Protos.Machine;
using Kronform.Provision.TalosEmulator.Api;
using Mode = Kronform.Provision.Talos.Protos.Machine.ApplyConfigurationRequest.Types.Mode;

namespace Kronform.Provision.TalosEmulator.Config;

/// <summary>ApplyConfiguration: the checks, codes and texts of each family of versions, and the file the config ends in.</summary>
internal sealed class ConfigIntake(
    EmulatorOptions options, StateFolder state, Func<IReadOnlyList<string>> diskPaths, EmulatorCounters counters, EmulatorEvents events)
{
    private const string ConfigFile = "config.yaml";

    private readonly Lock _gate = new();

    /// <returns>The config of an earlier boot; null without one or when what is there is none.</returns>
    public MachineConfig? Stored()
    {
        if (state.Read(ConfigFile) is not { } yaml)
            return null;
        try
        {
            return Reader().Read(yaml);
        }
        catch (Exception e) when (e is ConfigUnreadableException or ConfigInvalidException)
        {
            events.Write("config-unusable");
            return null;
        }
    }

    /// <returns>The config now in force; null when nothing changed (dry run, or documents without a v1alpha1 config).</returns>
    public async Task<MachineConfig?> ApplyAsync(RpcCall call, bool inMaintenance)
    {
        var request = call.Read(ApplyConfigurationRequest.Parser);
        CheckMode(request.Mode, inMaintenance);
        var config = Check(request.Data.Span);
        if (config is null && !inMaintenance)
        {
            throw new RpcFailure(
                RpcStatus.InvalidArgument,
                "the applied machine configuration doesn't contain v1alpha1 config, did you mean to patch the machine config instead?");
        }

        var answer = new ApplyConfiguration { Mode = request.Mode };
        if (request.DryRun)
        {
            answer.ModeDetails = "Dry run summary:\n" + (inMaintenance
                ? "Node is running in maintenance mode and does not have a config yet."
                : "Applied configuration without a reboot (skipped in dry-run).");
            config = null;
        }
        else if (config is not null)
        {
            lock (_gate)
                state.Write(ConfigFile, request.Data.Span);
            counters.CountConfig();
            events.Write("config-applied", ("type", config.ControlPlane ? "controlplane" : "worker"));
            answer.ModeDetails = inMaintenance ? "" : "Applied configuration without a reboot";
        }

        await call.SendAsync(new ApplyConfigurationResponse { Messages = { answer } });
        return config;
    }

    private void CheckMode(Mode mode, bool inMaintenance)
    {
        if (!Enum.IsDefined(mode))
            throw new RpcFailure(RpcStatus.InvalidArgument, $"incorrect mode '{(int)mode}' specified for the apply config call");

        if (inMaintenance && !options.Release.ApidInMaintenance && mode is (Mode.NoReboot or Mode.Staged))
        {
            var name = mode == Mode.NoReboot ? "no-reboot" : "staged";
            throw new RpcFailure(RpcStatus.Unimplemented, $"apply configuration --mode='{name}' is not supported in maintenance mode");
        }

        // Real Talos rolls back after the timeout; pretending it stayed would teach a client something false.
        if (mode == Mode.Try && options.Release.ApidInMaintenance)
            throw new RpcFailure(RpcStatus.Unimplemented, "the emulator does not have mode TRY");
    }

    private MachineConfig? Check(ReadOnlySpan<byte> yaml)
    {
        try
        {
            return options.Faults.RejectConfig ? throw new ConfigInvalidException(["unknown keys found during decoding"]) : Reader().Read(yaml);
        }
        catch (ConfigUnreadableException e)
        {
            throw options.Release.ApidInMaintenance
                ? new RpcFailure(RpcStatus.InvalidArgument, e.Message)
                : new RpcFailure(RpcStatus.Unknown, "failed to parse config: " + e.Message);
        }
        catch (ConfigInvalidException e)
        {
            throw new RpcFailure(
                RpcStatus.InvalidArgument, options.Release.ApidInMaintenance ? e.Message : "configuration validation failed: " + e.Message);
        }
    }

    private MachineConfigReader Reader() => new(options.Release, diskPaths());
}
