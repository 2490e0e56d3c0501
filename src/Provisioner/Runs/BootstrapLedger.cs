using System.Text.Json;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Runs;

/// <summary>The cluster's memory of its one bootstrap: which node was asked, and whether it was done. Written before the call.</summary>
public sealed class BootstrapLedger(StateFolder state)
{
    private sealed record Entry(string Node, bool Done, DateTimeOffset At);

    private string File => Path.Combine(state.Root, "bootstrap.json");

    /// <summary>Why this node must not be bootstrapped, or null.</summary>
    public ProvisionException? Refusal(string node, RunRecord record)
    {
        if (Read() is not { } entry) return null;
        if (entry.Node != node)
            return new ProvisionException(FailureCode.BootstrapRefused, $"This cluster was {(entry.Done ? "" : "probably ")}bootstrapped through {entry.Node} on {entry.At:u}; doing so through {node} would make a second cluster", $"Move the bootstrap mark in provision.yaml back to {entry.Node}. If that cluster is gone for good, delete {File} and run again.");
        if (!record.BootstrapAsked)
            return new ProvisionException(FailureCode.BootstrapRefused, $"This cluster was {(entry.Done ? "" : "probably ")}bootstrapped through {node} on {entry.At:u} and its etcd data is gone from there", $"Recover etcd from a snapshot. If the cluster is to begin anew, delete {File} and run again.");
        return null;
    }

    /// <summary>A healthy node proves that the bootstrap it was asked for took place, also when the answer was lost.</summary>
    public void Confirm(string node)
    {
        if (Read() is { Done: false } entry && entry.Node == node) Record(node, done: true, entry.At);
    }

    /// <summary>
    /// Names the node, unless one is named already: then true only when it is this one. Of several processes exactly one succeeds
    /// in writing the first name.
    /// </summary>
    public bool Claim(string node, DateTimeOffset at)
    {
        if (Read() is { } entry) return entry.Node == node;
        string incoming = Write(node, done: false, at);
        try
        {
            // Without overwriting this links the name, which the file system does for one process only.
            System.IO.File.Move(incoming, File, overwrite: false);
            return true;
        }
        catch (IOException) when (System.IO.File.Exists(File))
        {
            System.IO.File.Delete(incoming);
            return Read()?.Node == node;
        }
    }

    public void Record(string node, bool done, DateTimeOffset at) => System.IO.File.Move(Write(node, done, at), File, overwrite: true);

    /// <summary>A file of its own for each writer, complete on the disk.</summary>
    private string Write(string node, bool done, DateTimeOffset at)
    {
        string incoming = $"{File}.{Guid.NewGuid():n}";
        try
        {
            using var stream = new FileStream(incoming, FileMode.CreateNew, FileAccess.Write);
            JsonSerializer.Serialize(stream, new Entry(node, done, at));
            stream.Flush(flushToDisk: true);
            return incoming;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Writing {File}, which keeps a second bootstrap from happening", "Make the state folder writable and give it room, then run again.", e);
        }
    }

    private Entry? Read()
    {
        if (!System.IO.File.Exists(File)) return null;
        try
        {
            return JsonSerializer.Deserialize<Entry>(System.IO.File.ReadAllBytes(File));
        }
        catch (JsonException e)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"{File} cannot be read", "It says which node was bootstrapped. Restore it, or delete it if the cluster has never been bootstrapped.", e);
        }
    }
}
