using System.Formats.Tar;
using System.IO.Compression;
using Google.Protobuf.WellKnownTypes;
using Kronform.Provision.Talos.Protos.Common;
using Kronform.Provision.Talos.Protos.Machine;
using FileInfo = Kronform.Provision.Talos.Protos.Machine.FileInfo;

namespace Kronform.Provision.Talos;

/// <summary>What a node tells of the cluster around it.</summary>
public sealed partial class TalosClient
{
    /// <summary>A kubeconfig has some kilobytes; more is not one.</summary>
    private const int MaxKubeconfigBytes = 1 << 20;

    /// <returns>Troubles Talos has noticed itself; null when this version does not tell (up to 1.7).</returns>
    public async Task<IReadOnlyList<TalosDiagnostic>?> DiagnosticsAsync(CancellationToken cancellation) =>
        await ListAsync(RuntimeNamespace, "Diagnostics.runtime.talos.dev", CosiCluster.Diagnostic, cancellation);

    /// <returns>The node as Kubernetes has it; null while Talos does not know, or in a version that does not tell.</returns>
    public async Task<TalosKubernetesNode?> KubernetesNodeAsync(CancellationToken cancellation) =>
        await ListAsync("k8s", "NodeStatuses.kubernetes.talos.dev", CosiCluster.KubernetesNode, cancellation) is [var node, ..] ? node : null;

    /// <returns>The node's static pods as its kubelet reports them; null in a version that does not tell. Empty on workers.</returns>
    public async Task<IReadOnlyList<TalosStaticPod>?> StaticPodsAsync(CancellationToken cancellation) =>
        await ListAsync("k8s", "StaticPodStatuses.kubernetes.talos.dev", CosiCluster.StaticPod, cancellation);

    /// <returns>The containers that Kubernetes runs on this node.</returns>
    public async Task<IReadOnlyList<TalosContainer>> ContainersAsync(CancellationToken cancellation)
    {
        var request = new ContainersRequest { Namespace = "k8s.io", Driver = ContainerDriver.Cri };
        var answer = await AskAsync("Containers", request, ContainersResponse.Parser, cancellation);
        return [.. Only(answer.Messages, m => m.Metadata).Containers.Select(c => new TalosContainer(c.PodId, c.Name, c.Status))];
    }

    /// <returns>Bytes of memory that the kernel has; what firmware keeps for itself is not in it.</returns>
    public async Task<long> MemoryBytesAsync(CancellationToken cancellation)
    {
        var answer = await AskAsync("Memory", new Empty(), MemoryResponse.Parser, cancellation);
        return checked((long)(Only(answer.Messages, m => m.Metadata).Meminfo?.Memtotal ?? 0) * 1024);
    }

    /// <summary>
    /// Whether etcd has data on this node. Good only once its service prepares the start: before that the volume of the data
    /// may not be mounted, and looks empty.
    /// </summary>
    public async Task<bool> HasEtcdDataAsync(CancellationToken cancellation)
    {
        const string folder = "/var/lib/etcd";
        try
        {
            var found = false;
            await foreach (var file in _channel.ServerStreamAsync(MachineService + "List", new ListRequest { Root = folder }, FileInfo.Parser, Question, cancellation))
            {
                ThrowIfFailed(file.Metadata);
                if (file.Error.Length > 0) throw new TalosRpcException(GrpcCode.Unknown, $"listing {folder}: {file.Error}");
                // The folder itself comes first.
                found |= file.RelativeName is not ("." or "");
            }

            return found;
        }
        catch (TalosRpcException e) when (e.Code is GrpcCode.Unknown or GrpcCode.NotFound && e.Detail.Contains("no such file or directory", StringComparison.Ordinal))
        {
            return false;
        }
    }

    /// <summary>A kubeconfig with the rights of cluster-admin, as the node makes it anew at each call. Secret.</summary>
    /// <exception cref="InvalidDataException">What the node sent is not a gzipped tar with a kubeconfig in it.</exception>
    public async Task<byte[]> KubeconfigAsync(CancellationToken cancellation)
    {
        using var packed = new MemoryStream();
        await foreach (var part in _channel.ServerStreamAsync(MachineService + "Kubeconfig", new Empty(), Data.Parser, Order, cancellation))
        {
            ThrowIfFailed(part.Metadata);
            if (packed.Length + part.Bytes.Length > MaxKubeconfigBytes) throw new InvalidDataException("The node sent more than a kubeconfig can be.");
            part.Bytes.WriteTo(packed);
        }

        packed.Position = 0;
        await using var gzip = new GZipStream(packed, CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        while (await tar.GetNextEntryAsync(cancellationToken: cancellation) is { } entry)
        {
            if (Path.GetFileName(entry.Name) != "kubeconfig" || entry.DataStream is null || entry.Length > MaxKubeconfigBytes) continue;
            using var content = new MemoryStream();
            await entry.DataStream.CopyToAsync(content, cancellation);
            return content.ToArray();
        }

        throw new InvalidDataException("The node sent an archive without a kubeconfig.");
    }
}
