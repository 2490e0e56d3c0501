using System.Collections.Concurrent;
using System.Text.Json;
using Kronform.Provision.Failures;
using Kronform.Provision.Files;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs.Identity;

/// <summary>
/// <c>machine.json</c> in a node's state folder: the machine as it was when it was last seen from inside. Recorded at the first
/// contact and required from then on, so that an address or a server number that leads elsewhere is noticed before a disk is written.
/// </summary>
public static class MachineIdentity
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>
    /// What the files hold, by path and stamp: each node's machine is held against those of all others, and reading them all for each
    /// of many nodes costs the square of their number.
    /// </summary>
    private static readonly ConcurrentDictionary<string, (DateTime Written, long Length, MachineEvidence Evidence)> Known = new();

    /// <param name="context">Of a run, or of a dry run, which records nothing.</param>
    /// <param name="inventory">Taken in the node's rescue system.</param>
    /// <param name="remember">Write down what was seen.</param>
    /// <exception cref="ProvisionException"><see cref="FailureCode.ServerIdentity"/>: another machine answers; nothing was written.</exception>
    public static void Require(NodeContext context, HostInventory inventory, bool remember)
    {
        var state = context.Services.State;
        var seen = MachineEvidence.Of(context.Node.ServerNumber, context.Address.ToString(), inventory);
        var others = context.Services.Cluster.Nodes.Where(n => n.Name != context.Node.Name)
            .Select(n => (n.Name, Known: Read(FileOf(state, n.Name)))).Where(n => n.Known is not null).Select(n => (n.Name, n.Known!));
        string file = FileOf(state, context.Node.Name);
        switch (IdentityVerdict.Judge(Read(file), seen, others))
        {
            case IdentityVerdict.Another another:
                throw new ProvisionException(FailureCode.ServerIdentity, $"What answers at {context.Address} is not the machine of {context.Node.Name}: {another.Why}. Nothing was written",
                    $"Check server and address in provision.yaml. If Hetzner exchanged the whole machine, delete {file} and run again.");
            case IdentityVerdict.Same same:
                foreach (string change in same.Changes) context.Note($"warning: {change}");
                break;
        }

        if (remember) Write(file, seen);
    }

    private static string FileOf(StateFolder state, string node) => Path.Combine(state.Root, node, "machine.json");

    private static MachineEvidence? Read(string file)
    {
        try
        {
            var now = new FileInfo(file);
            if (!now.Exists) return null;
            // Stamped before it is read: what replaces it meanwhile has another stamp the next time.
            (var written, long length) = (now.LastWriteTimeUtc, now.Length);
            if (Known.TryGetValue(file, out var known) && known.Written == written && known.Length == length) return known.Evidence;
            var evidence = JsonSerializer.Deserialize<MachineEvidence>(File.ReadAllBytes(file), Json);
            if (evidence is not null) Known[file] = (written, length, evidence);
            return evidence;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Reading {file}, which says what machine the node is", "Restore it, or delete it to have the machine recorded anew.", e);
        }
    }

    private static void Write(string file, MachineEvidence seen)
    {
        try
        {
            WholeFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(seen, Json));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Writing {file}, which says what machine the node is", "Make the state folder writable and give it room; nothing was written to a disk.", e);
        }
    }
}
