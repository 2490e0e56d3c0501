using System.Diagnostics;

namespace Kronform.Provision.Provisioner.Tests.Talos;

/// <summary>The `openssl` program in a folder of its own: somebody else's opinion of what we make.</summary>
internal sealed class OpenSslProgram : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("openssl-").FullName;

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(_folder, name), bytes);

    public byte[] Read(string name) => File.ReadAllBytes(Path.Combine(_folder, name));

    public string ReadText(string name) => File.ReadAllText(Path.Combine(_folder, name));

    public async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
