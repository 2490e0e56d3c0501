using Kronform.Provision.Bench;

// One line for each bench; scripts/bench --help lists them for people.
return args switch
{
    ["selection", .. var rest] => SelectionBench.Run(rest, TimeProvider.System),
    _ => Unknown(args),
};

static int Unknown(string[] args)
{
    Console.Error.WriteLine($"{(args.Length == 0 ? "No bench was named" : $"There is no bench {args[0]}")}; see scripts/bench --help.");
    return 2;
}
