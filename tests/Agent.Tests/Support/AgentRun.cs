using System.Text;
using System.Text.Json;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>One run of the whole agent, and what it said.</summary>
internal sealed record AgentRun(int ExitCode, IReadOnlyList<AgentEvent> Events, string Complaints)
{
    public AgentEvent Last => Events[^1];

    public AgentFailed Failed => Last as AgentFailed ?? throw new InvalidOperationException($"No failure but {ProtocolJson.ToLine(Last)}");

    public T Terminal<T>()
        where T : AgentEvent => Last as T ?? throw new InvalidOperationException($"Not {typeof(T).Name} but {ProtocolJson.ToLine(Last)}");

    public static async Task<AgentRun> StartAsync(AgentWorld world, Stream input, CancellationToken cancellation, params string[] arguments)
    {
        using var output = new MemoryStream();
        var complaints = new StringWriter();
        var code = await new AgentApp(world).RunAsync(arguments, input, output, complaints, watchInput: true, cancellation);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new AgentRun(code, [.. lines.Select(line => ProtocolJson.FromLine(line) ?? throw new InvalidOperationException(line))], complaints.ToString());
    }

    public static byte[] Line(WriteOrder order) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(order, ProtocolJson.Default.WriteOrder) + "\n");

    public static byte[] Line(VerifyOrder order) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(order, ProtocolJson.Default.VerifyOrder) + "\n");

    /// <param name="time">Without one nothing is really waited for.</param>
    public static async Task<HostInventory> InventoryAsync(FakeHost host, CancellationToken cancellation, TimeProvider? time = null) =>
        (await StartAsync(host.World(time ?? new HurriedTime()), new TestInput(), cancellation, "inventory")).Terminal<InventoryTaken>().Inventory;
}
