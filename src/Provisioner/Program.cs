using Kronform.Provision.Commands;
using Kronform.Provision.Failures;

var parsed = ProvisionCommand.Create().Parse(args);
int status = await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null });
return parsed.Errors.Count > 0 ? FailureCode.Usage.ExitCode : status;
