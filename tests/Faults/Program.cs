using Kronform.Provision.Faults;
using Kronform.Provision.Faults.AgentSide;
using Kronform.Provision.Faults.Isolation;
using Kronform.Provision.Faults.OnRack;
using Kronform.Provision.Faults.Product;

// Inside the emulated world: the product's process, and the agent's.
if (args is ["product", var order]) return await ProductProcess.RunAsync(order);
if (args is ["agent", var machine, .. var command]) return await AgentProcess.RunAsync(machine, command);

// What is no command of the kit goes to the test runner.
bool isKit = args is [("list" or "run" or "all" or "kill-matrix" or "--help" or "-h"), ..];
if (args is [("list" or "--help" or "-h"), ..]) return await KitCommand.RunAsync(args);
if (!OwnNetwork.IsInside)
{
    int others = RackKit.OthersHavePartIn(args) ? OwnNetwork.RunInside(args) : 0;
    return RackKit.HasPartIn(args) == true ? Math.Max(others, await RackKit.RunAsync(args, CancellationToken.None)) : others;
}

return isKit ? await KitCommand.RunAsync(args) : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
