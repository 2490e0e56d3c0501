using Kronform.Provision.Cluster;
using Kronform.Provision.Talos.Protos.Config;
using Kronform.Provision.Talos.Protos.Cosi;

namespace Kronform.Provision.Talos;

public sealed partial class TalosClient
{
    /// <summary>
    /// The config the running system uses, as it was applied. Needs the admin role. The proto form is read: it has the config's
    /// bytes in every release, while the YAML form is the documents themselves in some and a text that holds them in others.
    /// </summary>
    /// <returns>Null when the node has none.</returns>
    public async Task<Secret?> MachineConfigAsync(CancellationToken cancellation)
    {
        try
        {
            var request = new GetRequest { Namespace = "config", Type = "MachineConfigs.config.talos.dev", Id = "v1alpha1" };
            var answer = await QuestionAsync(CosiState + "Get", request, GetResponse.Parser, cancellation);
            var spec = answer.Resource?.Spec?.ProtoSpec is { } proto ? MachineConfigSpec.Parser.ParseFrom(proto) : null;
            return spec is null || spec.YamlMarshalled.IsEmpty ? null : new Secret(spec.YamlMarshalled.ToStringUtf8());
        }
        catch (TalosRpcException e) when (e.Code == GrpcCode.NotFound)
        {
            return null;
        }
    }
}
