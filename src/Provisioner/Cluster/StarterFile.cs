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
          # The Talos metal image. The rescue system downloads it from url; file: path sends one from here instead.
          url: {{ConfigSection.Placeholder}}
          # SHA-256 of the file as downloaded. Releases list it in sha256sum.txt; for other images: curl -fL URL | sha256sum
          sha256: {{ConfigSection.Placeholder}}

        nodes:
          # The node's name; the machine config should set the same host name.
          n1:
            # Robot's server number.
            server: {{ConfigSection.Placeholder}}
            # address: 203.0.113.10   # default: the main IPv4 that Robot reports
            role: controlplane        # or worker
            # The node's Talos machine config. Its machine.install.diskSelector chooses the disk.
            config: machineconfigs/n1.yaml
            # One control plane of a new cluster carries this mark. Leave it out when the cluster runs already.
            bootstrap: true
            # disk: { serial: S4GJNX0R618284 }   # narrows the machine config's selector; or { wwid: … }

        """;
}
