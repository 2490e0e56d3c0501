using System.Text.Json;
using Kronform.Provision.Failures;
using Kronform.Provision.Files;

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

    /// <summary>Names the node, unless one is named already. Of several processes only one at a time reads and writes the name.</summary>
    public BootstrapClaim Claim(string node, DateTimeOffset at)
    {
        // A move that does not overwrite would not do: .NET looks first and renames then, and two processes fit in between.
        using var held = Guard(() => FileLock.TryTake(Path.Combine(state.Root, "bootstrap.lock")));
        if (held is null) return BootstrapClaim.Busy;
        if (Read() is { } entry) return entry.Node == node ? BootstrapClaim.Ours : BootstrapClaim.Taken;
        Record(node, done: false, at);
        return BootstrapClaim.Ours;
    }

    public void Record(string node, bool done, DateTimeOffset at) =>
        Guard(() => WholeFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(new Entry(node, done, at))));

    private T Guard<T>(Func<T> access)
    {
        try
        {
            return access();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.RunJournal, $"Writing {File}, which keeps a second bootstrap from happening", "Make the state folder writable and give it room, then run again.", e);
        }
    }

    private void Guard(Action access) => Guard(() =>
    {
        access();
        return true;
    });

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

public enum BootstrapClaim
{
    Ours,

    /// <summary>Another node is named.</summary>
    Taken,

    /// <summary>Another process is claiming at this moment; who it is for is not known yet.</summary>
    Busy,
}
