using Kronform.Provision.Commands;
using Kronform.Provision.Failures;
using Kronform.Provision.Faults.World;
using Kronform.Provision.Ssh;
using Microsoft.Extensions.DependencyInjection;

namespace Kronform.Provision.Faults.Product;

/// <summary>The product, from its command line on, in a process of its own: only its clock and its SSH client are the world's.</summary>
internal static class ProductProcess
{
    public static async Task<int> RunAsync(string orderFile)
    {
        var order = ProductOrder.Read(orderFile);
        using var clock = new SharedClock(order.ClockFile);
        TimeProvider time = new LeapingTime(clock, order.Speed, order.Deadlines);
        var death = order.DieAtEntry > 0 ? new Death(order.DieAtEntry, order.DieAfter) : null;
        if (death is not null) time = new MortalTime(time, death);
        var command = ProvisionCommand.Create((request, cancellation) => ProvisionHost.RunAsync(
            request,
            services =>
            {
                services.AddSingleton(time);
                services.AddSingleton<ISshClient>(new WaitingSshClient(new WorldSshClient(order.SshSocket, death)));
            },
            cancellation));
        var parsed = command.Parse(order.Arguments);
        int status = await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null });
        return parsed.Errors.Count > 0 ? FailureCode.Usage.ExitCode : status;
    }
}
