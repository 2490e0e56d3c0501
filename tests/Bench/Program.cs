using Kronform.Provision.Bench.Imaging;

return args switch
{
    ["image", .. var rest] => await ImageBench.RunAsync(rest),
    // The agent of the image bench, in a process of its own so that its time and memory can be measured.
    ["image-agent", .. var rest] => await BenchAgent.RunAsync(rest),
    ["image-decode", var file] => BenchAgent.Decode(file),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: bench image [--rounds N] [--images classic,dual] [--formats zst,xz,gz] [--device PATH] [--folder PATH]");
    return 2;
}
