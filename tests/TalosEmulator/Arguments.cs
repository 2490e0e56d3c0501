using System.Net;

namespace Kronform.Provision.TalosEmulator;

internal static class Arguments
{
    public const string Usage =
        """
        talos-emulator serve --state DIR --address IP [options]

          --state DIR             config.yaml and etcd.json; empty means maintenance mode
          --address IP            the node's own address
          --port N                of the API, 50000 by default; 0 takes a free one
          --peer-port N           between control planes, 2379 by default
          --trustd-port N         of control planes, for workers' certificates, 50001 by default
          --meta PATH             META partition, or a file with its content
          --system-disk NAME      the disk the node runs from
          --version vX.Y.Z        the Talos version pretended, v1.13.9 by default
          --loopback-disks FILE   JSON list of disks instead of the machine's own
          --fault FAULT           may be given several times:
                                    lose-reply=METHOD[:SKIP[:TIMES]]  act, then hang up instead of answering
                                    flap=UP:DOWN        the port comes and goes, each for so many milliseconds
                                    clock=SECONDS       the node's clock is so far ahead (or, negative, behind)
                                    stale-certificate   apid shows the certificate of two days ago
                                    wrong-ca            apid's certificate is signed by another CA
                                    half-open           the port takes connections and says nothing
                                    reject-config       every machine config is found invalid

        Prints lines RACK-TALOS {"event": …}. Exits with 100 when told to reboot.
        """;

    /// <exception cref="FormatException">Says which argument is wrong.</exception>
    public static EmulatorOptions Parse(IReadOnlyList<string> args)
    {
        if (args is not ["serve", ..])
            throw new FormatException("The only command is 'serve'.");

        var values = new Dictionary<string, string>();
        var faults = new EmulatorFaults();
        for (var i = 1; i < args.Count; i += 2)
        {
            if (args[i] == "--fault")
            {
                faults = faults.With(i + 1 < args.Count ? args[i + 1] : throw new FormatException("Option --fault lacks its value."));
                continue;
            }

            if (args[i] is not ("--state" or "--address" or "--port" or "--peer-port" or "--trustd-port" or "--meta" or "--system-disk" or "--version" or "--loopback-disks"))
                throw new FormatException($"Unknown option '{args[i]}'.");
            values[args[i]] = i + 1 < args.Count ? args[i + 1] : throw new FormatException($"Option {args[i]} lacks its value.");
        }

        return new EmulatorOptions
        {
            StateFolder = Required("--state"),
            Address = IPAddress.TryParse(Required("--address"), out var address) ? address : throw new FormatException("--address is not an IP address."),
            Port = Port("--port", 50000),
            PeerPort = Port("--peer-port", 2379),
            TrustdPort = Port("--trustd-port", 50001),
            MetaPath = values.GetValueOrDefault("--meta"),
            SystemDisk = values.GetValueOrDefault("--system-disk"),
            Release = TalosRelease.Parse(values.GetValueOrDefault("--version", "v1.13.9")),
            DisksFile = values.GetValueOrDefault("--loopback-disks"),
            Faults = faults,
        };

        string Required(string name) => values.GetValueOrDefault(name) ?? throw new FormatException($"Option {name} is required.");

        int Port(string name, int standard) => !values.TryGetValue(name, out var text)
            ? standard
            : ushort.TryParse(text, out var port) ? port : throw new FormatException($"{name} is not a port number.");
    }
}
