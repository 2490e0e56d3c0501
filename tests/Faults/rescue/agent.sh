#!/bin/sh
# Delivered in the place of kronform-agent: the same program over the emulated machine's disks.
export DOTNET_ROOT=/dotnet DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_EnableDiagnostics=0 DOTNET_TieredPGO=0
exec /faults/Faults agent /machine "$@"
