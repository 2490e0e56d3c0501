using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster;

/// <summary>The provision.yaml that <c>provision init</c> writes. Loading it reports exactly the places to fill in.</summary>
public static class StarterFile
{
    /// <summary>Creates the file; an existing one is never overwritten.</summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.Usage"/> when it exists or cannot be created.</exception>
    public static void Write(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            using var writer = new StreamWriter(stream);
            writer.Write(Text);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new ProvisionException(FailureCode.Usage, $"Writing a starter to {path}: the file exists and was left as it is",
                "Name another file, or move this one away.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.Usage, $"Writing a starter to {path}", "Check that the folder exists and is writable.", error);
        }
    }

    internal const string Text = $$"""
        # What provision needs to know of a cluster. Fill in every {{ConfigSection.Placeholder}}, then run: provision doctor
        # Relative paths are relative to this file. No secret belongs in here.

        cluster:
          name: {{ConfigSection.Placeholder}}
          # The Kubernetes API, as cluster.controlPlane.endpoint in the machine configs: https://api.example.com:6443
          endpoint: {{ConfigSection.Placeholder}}
          # The release of the image below, like v1.13.9. It decides how disk selectors are understood.
          talosVersion: {{ConfigSection.Placeholder}}
          # talosconfig: talosconfig   # only where no machine config below holds the key of the Talos CA (machine.ca.key)

        robot:
          # Robot web service user (Robot > Settings > Web service settings). Each is { env: NAME } or { file: path }.
          username: { env: HROBOT_USERNAME }
          password: { env: HROBOT_PASSWORD }

        ssh:
          # The key that opens the rescue system; it is registered in Robot when it is not there.
          privateKey: ~/.ssh/id_ed25519
          # publicKey: ~/.ssh/id_ed25519.pub   # default: privateKey with .pub
          # With an ssh-agent, write these two instead of privateKey:
          # agent: true
          # publicKey: ~/.ssh/id_ed25519.pub

        image:
          # The Talos metal image of talosVersion above, from Talos's releases, held to the release's own list of digests.
          source: github
          # A customised one from the Image Factory, instead of source: github. Its schematic is an id, a file, or stands here:
          # schematic: { customization: { extraKernelArgs: [net.ifnames=0] } }
          # Or a file, which is sent from here, or an address, which the server downloads; then without source:
          # file: metal-amd64.raw.zst
          # url: https://files.example.com/metal-amd64.raw.zst
          # SHA-256 of the file as downloaded; needed with file. Without it the first download is believed and remembered.
          # sha256: 64 hex digits
          # For servers without a way out: downloaded here, then sent over SSH.
          # delivery: push

        # Patches of the whole cluster, merged before the nodes' own:
        # patches: { all: [patches/common.yaml], controlplane: [], worker: [] }

        # health:
        #   requireNodeReady: false   # default: Kubernetes must call a node Ready where its machine config installs a CNI

        nodes:
          # The node's name; the machine config should set the same host name.
          n1:
            # Robot's server number.
            server: {{ConfigSection.Placeholder}}
            # address: 203.0.113.10   # default: the main IPv4 that Robot reports
            role: controlplane        # or worker
            # The node's Talos machine config. Its machine.install.diskSelector chooses the disk.
            # Or a base and patches, merged as talosctl does (docs/machine-configs.md). Files may be encrypted with sops.
            #   config: { base: controlplane.yaml, patches: [nodes/n1.yaml] }
            config: machineconfigs/n1.yaml
            # One control plane of a new cluster carries this mark. Leave it out when the cluster runs already.
            bootstrap: true
            # disk: { serial: S4GJNX0R618284 }   # narrows the machine config's selector; or { wwid: … }

        """;
}
