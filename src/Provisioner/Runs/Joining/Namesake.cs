using System.Net;
using Kronform.Provision.Failures;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Joining;

/// <summary>
/// A control plane that joins under the host name of a member takes that member for its own leftover and removes it. So a name
/// that another machine has is found out before the machine config is sent.
/// </summary>
public static class Namesake
{
    /// <param name="hostname">That the node will have, without its domain.</param>
    /// <param name="own">The node's addresses, as far as they are known.</param>
    /// <param name="wasMember">An earlier run left this node healthy: an old member of its name is its own.</param>
    /// <param name="others">Addresses of the other nodes of provision.yaml.</param>
    public static ProvisionException? Refusal(
        string node, string hostname, IReadOnlyCollection<IPAddress> own, bool wasMember, IReadOnlyDictionary<IPAddress, string> others, IEnumerable<TalosEtcdMember> members)
    {
        foreach (var member in members.Where(m => m.Hostname == hostname))
        {
            var at = JoinWait.AddressesOf(member).ToList();
            if (at.Any(own.Contains)) continue;
            string? owner = at.Select(others.GetValueOrDefault).FirstOrDefault(n => n is not null);
            // A node with a private address is an etcd member under that one; what it was before is remembered instead.
            if (owner is null && wasMember) continue;
            return new ProvisionException(FailureCode.MachineConfigInvalid,
                $"The machine config names {node} \"{hostname}\", and etcd has a member of that name at {(at.Count > 0 ? string.Join(", ", at) : "an unknown address")}{(owner is null ? "" : $", which is {owner}")}: joining would remove it. The config was not sent",
                owner is null
                    ? $"Give {node} a host name of its own. If that member is what {node} was before, remove it first: talosctl etcd remove-member {member.Id:x16}"
                    : $"Give {node} a host name of its own.");
        }

        return null;
    }
}
