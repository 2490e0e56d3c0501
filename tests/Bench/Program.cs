using Kronform.Provision.Bench;
using Kronform.Provision.Bench.Fleet;
using Kronform.Provision.Bench.Fleet.Product;
using Kronform.Provision.Bench.Imaging;

// One line for each bench; scripts/bench --help lists them for people.
return args switch
{
    ["selection", .. var rest] => SelectionBench.Run(rest, TimeProvider.System),
    ["image", .. var rest] => await ImageBench.RunAsync(rest),
    // The agent of the image bench, in a process of its own so that its time and memory can be measured.
    ["image-agent", .. var rest] => await BenchAgent.RunAsync(rest),
    ["fleet", .. var rest] => await FleetBench.RunAsync(rest, TimeProvider.System),
    // The product under the fleet, in a process of its own for the same reason.
    ["fleet-product", var order] => await ProductProcess.RunAsync(order, TimeProvider.System),
    ["image-decode", var file] => BenchAgent.Decode(file),
    _ => Unknown(args),
};

static int Unknown(string[] args)
{
    Console.Error.WriteLine($"{(args.Length == 0 ? "No bench was named" : $"There is no bench {args[0]}")}; see scripts/bench --help.");
    return 2;
}
