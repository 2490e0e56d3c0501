using System.Text.Json.Nodes;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>The account behind the service: servers, rescue activations, keys. Answers requests; knows nothing of HTTP.</summary>
internal sealed class RobotAccount : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly KeyStore _keys = new();
    private readonly SortedDictionary<int, Slot> _servers = [];

    /// <summary>A server with what Robot remembers of it.</summary>
    private sealed class Slot(int number, RobotServerEntry entry, RescueState rescue)
    {
        public int Number => number;
        public RobotServerEntry Entry { get; set; } = entry;
        public RescueState Rescue => rescue;
        public string? OtherBoot { get; set; } = entry.OtherBoot;
        public bool ManualResetOrdered { get; set; }
        public required Action<RescueReport> OnRescueBooted { get; init; }
    }

    public RobotAccount(RobotOptions options, IReadOnlyDictionary<int, RobotServerEntry> servers, TimeProvider time)
    {
        _time = time;
        foreach (var (number, entry) in servers)
        {
            var rescue = new RescueState(options.RescueExpiry, options.LastShowsArmedRescue, time);
            var slot = new Slot(number, entry, rescue)
            {
                OnRescueBooted = report =>
                {
                    lock (_gate)
                        rescue.Report(report);
                },
            };
            _servers.Add(number, slot);
            entry.Hardware.RescueBooted += slot.OnRescueBooted;
            entry.Hardware.BootDecision = () =>
            {
                lock (_gate)
                    return rescue.TakeBoot();
            };
        }
    }

    public void Dispose()
    {
        foreach (var slot in _servers.Values)
        {
            slot.Entry.Hardware.RescueBooted -= slot.OnRescueBooted;
            slot.Entry.Hardware.BootDecision = static () => null;
        }
    }

    /// <param name="ignore">Answer as if, and do nothing.</param>
    public async Task<RobotAnswer> AnswerAsync(string method, string[] path, RobotForm form, bool ignore, CancellationToken cancellation)
    {
        if (path is ["reset", var server] && method == "POST")
            return Find(server) is { } slot ? await PressAsync(slot, form, ignore, cancellation) : RobotAnswer.ServerNotFound;

        lock (_gate)
        {
            return path switch
            {
                ["server"] when method == "GET" => List(_servers.Values.Select(s => RobotShapes.Server(s.Number, s.Entry, withFlags: false)), RobotAnswer.ServerNotFound),
                ["reset"] when method == "GET" => List(_servers.Values.Select(s => RobotShapes.Reset(s.Number, s.Entry, withStatus: false)), NotFound),
                ["key", ..] => Key(method, path[1..], form, ignore),
                ["ip", var address] when method == "GET" => Ip(address),
                ["server" or "reset" or "boot" or "firewall", var number, .. var rest] =>
                    Find(number) is { } slot ? OfServer(slot, method, path[0], rest, form, ignore) : RobotAnswer.ServerNotFound,
                _ => NotFound,
            };
        }
    }

    private RobotAnswer OfServer(Slot slot, string method, string domain, string[] rest, RobotForm form, bool ignore) =>
        (domain, method, rest) switch
        {
            ("server", "GET", []) => RobotAnswer.Ok(RobotShapes.Server(slot.Number, slot.Entry, withFlags: true)),
            ("server", "POST", []) => Rename(slot, form),
            ("reset", "GET", []) => slot.Entry.CanReset ? RobotAnswer.Ok(RobotShapes.Reset(slot.Number, slot.Entry, withStatus: true)) : ResetNotAvailable,
            ("firewall", "GET", []) => slot.Entry.Firewall is { } firewall
                ? RobotAnswer.Ok(RobotShapes.Firewall(slot.Number, slot.Entry, firewall))
                : RobotAnswer.Error(404, "FIREWALL_NOT_AVAILABLE", "Firewall not available for this server"),
            ("boot", "GET", []) => RobotAnswer.Ok(Boot(slot)),
            ("boot", _, ["rescue", ..]) when !slot.Entry.CanRescue =>
                RobotAnswer.Error(404, "BOOT_NOT_AVAILABLE", "No boot configuration available for this server"),
            ("boot", "GET", ["rescue"]) => RobotAnswer.Ok(Rescue(slot)),
            ("boot", "POST", ["rescue"]) => Arm(slot, form, ignore),
            ("boot", "DELETE", ["rescue"]) => Disarm(slot, ignore),
            // What a server says that never had one is not known.
            ("boot", "GET", ["rescue", "last"]) => slot.Rescue.Last is { } last
                ? RobotAnswer.Ok(RobotShapes.Rescue(slot.Number, slot.Entry, last, active: ReferenceEquals(last, slot.Rescue.Armed)))
                : NotFound,
            ("boot", "DELETE", [var kind]) when kind == slot.OtherBoot => DisarmOther(slot, kind),
            _ => NotFound,
        };

    private static RobotAnswer Rename(Slot slot, RobotForm form)
    {
        if (form.One("server_name") is not { } name)
            return RobotAnswer.Missing("server_name");
        slot.Entry = slot.Entry with { Name = name };
        return RobotAnswer.Ok(RobotShapes.Server(slot.Number, slot.Entry, withFlags: true));
    }

    private static JsonObject Boot(Slot slot)
    {
        var boot = new JsonObject { ["rescue"] = slot.Entry.CanRescue ? Rescue(slot)["rescue"]!.DeepClone() : null };
        foreach (var kind in new[] { "linux", "vnc" })
            boot[kind] = RobotShapes.Installer(slot.Number, slot.Entry, kind, active: slot.OtherBoot == kind);
        foreach (var kind in new[] { "windows", "plesk", "cpanel" })
            boot[kind] = null;
        return new JsonObject { ["boot"] = boot };
    }

    private static JsonObject Rescue(Slot slot) =>
        RobotShapes.Rescue(slot.Number, slot.Entry, slot.Rescue.Armed, active: slot.Rescue.Armed is not null);

    private RobotAnswer Arm(Slot slot, RobotForm form, bool ignore)
    {
        if (form.One("os") is not { } os)
            return RobotAnswer.Missing("os");
        if (!RobotShapes.RescueSystems.Contains(os))
            return RobotAnswer.Invalid("os");
        var given = form.Many("authorized_key");
        var known = given.Select(_keys.Find).OfType<StoredKey>().ToList();
        if (known.Count != given.Count || (given.Count > 0 && os.StartsWith("vkvm", StringComparison.Ordinal)))
            return RobotAnswer.Invalid("authorized_key");
        if (form.One("keyboard") is { } keyboard && !new[] { "us", "uk", "ch", "de", "fi", "fr", "jp" }.Contains(keyboard))
            return RobotAnswer.Invalid("keyboard");
        if (slot.OtherBoot is not null)
            return RobotAnswer.Error(409, "BOOT_ALREADY_ENABLED", "Another boot configuration is active");

        if (!ignore)
            slot.Rescue.Arm(os, known);
        var shown = ignore ? new Activation(os, "ignored-ignored-", known, default) : slot.Rescue.Armed;
        return RobotAnswer.Ok(RobotShapes.Rescue(slot.Number, slot.Entry, shown, active: true));
    }

    private static RobotAnswer Disarm(Slot slot, bool ignore)
    {
        if (!ignore)
            slot.Rescue.Disarm();
        return RobotAnswer.Ok(RobotShapes.Rescue(slot.Number, slot.Entry, activation: null, active: false));
    }

    private static RobotAnswer DisarmOther(Slot slot, string kind)
    {
        slot.OtherBoot = null;
        return RobotAnswer.Ok(new JsonObject { [kind] = RobotShapes.Installer(slot.Number, slot.Entry, kind, active: false) });
    }

    private static async Task<RobotAnswer> PressAsync(Slot slot, RobotForm form, bool ignore, CancellationToken cancellation)
    {
        if (!slot.Entry.CanReset)
            return ResetNotAvailable;
        if (form.One("type") is not { } type)
            return RobotAnswer.Missing("type");
        if (!slot.Entry.ResetTypes.Contains(type))
            return RobotAnswer.Invalid("type");
        if (slot.ManualResetOrdered)
            return RobotAnswer.Error(409, "RESET_MANUAL_ACTIVE", "There is already an active manual reset");

        var hardware = slot.Entry.Hardware;
        if (!ignore)
        {
            slot.ManualResetOrdered = type == "man";
            try
            {
                await (type switch
                {
                    "hw" => hardware.HardwareResetAsync(cancellation),
                    "sw" => hardware.CtrlAltDelAsync(cancellation),
                    "power" => hardware.PowerButtonAsync(cancellation),
                    "power_long" => hardware.PowerOffAsync(cancellation),
                    _ => Task.CompletedTask,
                });
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                return RobotAnswer.Error(500, "RESET_FAILED", $"The emulated machine failed: {e.Message}");
            }
        }

        return RobotAnswer.Ok(RobotShapes.Pressed(slot.Number, slot.Entry, type));
    }

    private RobotAnswer Key(string method, string[] rest, RobotForm form, bool ignore)
    {
        var known = rest is [var fingerprint] ? _keys.Find(fingerprint) : null;
        switch (method, rest)
        {
            case ("GET", []):
                return List(_keys.All.Select(RobotShapes.Key), NotFound);
            case ("POST", []):
                return AddKey(form, ignore);
            case (_, [_]) when known is null:
                return NotFound;
            case ("GET", [_]):
                return RobotAnswer.Ok(RobotShapes.Key(known!));
            case ("POST", [_]):
                if (form.One("name") is not { } name)
                    return RobotAnswer.Missing("name");
                _keys.Put(known! with { Name = name });
                return RobotAnswer.Ok(RobotShapes.Key(_keys.Find(known.Fingerprint)!));
            case ("DELETE", [_]):
                if (!ignore)
                    _keys.Remove(known!.Fingerprint);
                return RobotAnswer.Empty;
            default:
                return NotFound;
        }
    }

    private RobotAnswer AddKey(RobotForm form, bool ignore)
    {
        string[] missing = [.. new[] { "name", "data" }.Where(n => form.One(n) is null)];
        if (missing.Length > 0)
            return RobotAnswer.Missing(missing);
        if (KeyStore.Read(form.One("name")!, form.One("data")!, _time.GetUtcNow()) is not { } key)
            return RobotAnswer.Invalid("data");
        if (_keys.Find(key.Fingerprint) is not null)
            return RobotAnswer.Error(409, "KEY_ALREADY_EXISTS", "SSH key already exists");
        if (!ignore)
            _keys.TryAdd(key);
        return new RobotAnswer(201, RobotShapes.Key(key));
    }

    private RobotAnswer Ip(string address)
    {
        var slot = _servers.Values.FirstOrDefault(s => s.Entry.Address.ToString() == address && s.Entry.Address.GetAddressBytes().Length == 4);
        return slot is null ? RobotAnswer.Error(404, "IP_NOT_FOUND", "IP not found") : RobotAnswer.Ok(RobotShapes.Ip(slot.Number, slot.Entry));
    }

    private static RobotAnswer List(IEnumerable<JsonObject> items, RobotAnswer none) =>
        items.ToArray() is { Length: > 0 } some ? RobotAnswer.Ok(new JsonArray([.. some])) : none;

    private Slot? Find(string number) => int.TryParse(number, out var parsed) ? _servers.GetValueOrDefault(parsed) : null;

    private static RobotAnswer NotFound => RobotAnswer.Error(404, "NOT_FOUND", "Not Found");

    private static RobotAnswer ResetNotAvailable => RobotAnswer.Error(404, "RESET_NOT_AVAILABLE", "Reset not available for this server");
}
