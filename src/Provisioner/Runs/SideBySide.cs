using Kronform.Provision.Cluster;

namespace Kronform.Provision.Runs;

/// <summary>Many nodes in one process, a bounded number of them at once.</summary>
public static class SideBySide
{
    /// <summary>
    /// Robot lets an account press 50 resets an hour: more servers than that at once would only wait for it. Each of them also has
    /// two OpenSSH processes of some megabytes.
    /// </summary>
    public const int DefaultDegree = 50;

    /// <param name="degree">Nodes at once; at least one.</param>
    /// <param name="run">Of one node; does not throw.</param>
    /// <returns>In the order of <paramref name="nodes"/>.</returns>
    public static async Task<IReadOnlyList<T>> RunAsync<T>(IReadOnlyList<PreparedNode> nodes, int degree, Func<PreparedNode, Task<T>> run)
    {
        var results = new T[nodes.Count];
        var turns = new Queue<int>(Order([.. nodes.Select(n => n.Node)]));
        await Task.WhenAll(Enumerable.Range(0, Math.Min(degree, nodes.Count)).Select(_ => WorkAsync()));
        return results;

        async Task WorkAsync()
        {
            while (Next() is { } turn) results[turn] = await run(nodes[turn]);
        }

        int? Next()
        {
            lock (turns) return turns.TryDequeue(out int turn) ? turn : null;
        }
    }

    /// <summary>
    /// Whoever others wait for goes first: a worker's certificate and a joining etcd come from a control plane, and all of them from
    /// the bootstrapped one. Otherwise nodes that wait could take every turn of those that they wait for. Pure.
    /// </summary>
    /// <returns>Indices into <paramref name="nodes"/>, which keep their order within each of the three kinds.</returns>
    public static IReadOnlyList<int> Order(IReadOnlyList<NodeSpec> nodes) =>
        [.. Enumerable.Range(0, nodes.Count).OrderBy(i => nodes[i] switch { { Bootstrap: true } => 0, { Role: NodeRole.ControlPlane } => 1, _ => 2 })];
}
