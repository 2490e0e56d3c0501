namespace Kronform.Provision.Provisioner.Tests.Servers;

/// <summary>
/// Bodies as Robot sent them, or as its document prints them where no capture is public. The rescue captures are of 2026-09-08,
/// with the password replaced.
/// </summary>
internal static class RobotCaptures
{
    public const string Server = """
        {"server":{"server_ip":"123.123.123.123","server_ipv6_net":"2a01:4f8:111:4221::","server_number":321,
         "server_name":"server1","product":"AX51-NVMe","dc":"FSN1-DC16","traffic":"unlimited","status":"ready",
         "cancelled":false,"paid_until":"2021-05-20","ip":["123.123.123.123"],
         "subnet":[{"ip":"2a01:4f8:111:4221::","mask":"64"}],
         "reset":true,"rescue":true,"vnc":true,"windows":false,"plesk":false,"cpanel":false,
         "wol":true,"hot_swap":false,"linked_storagebox":null}}
        """;

    public const string ServerWithoutIPv4 = """
        {"server":{"server_ip":null,"server_ipv6_net":"2a01:4f8:111:4221::","server_number":321,"server_name":"",
         "product":"AX41-NVMe","dc":"HEL1-DC2","traffic":"unlimited","status":"in process","cancelled":true,
         "paid_until":"2026-12-01","ip":null,"subnet":null,"reset":true,"rescue":false}}
        """;

    public const string Reset = """
        {"reset":{"server_ip":"123.123.123.123","server_ipv6_net":"2a01:4f8:111:4221::","server_number":321,
         "type":["power","power_long","hw","man"],"operating_status":"running"}}
        """;

    public const string Pressed = """
        {"reset":{"server_ip":"123.123.123.123","server_ipv6_net":"2a01:4f8:111:4221::","type":"hw"}}
        """;

    public const string RescueInactive = """
        {"rescue":{"server_ip":"123.123.123.123","server_ipv6_net":"2a01:4f8:111:4221::","server_number":321,
         "os":["linux","linuxold","linuxbeta","vkvm","vkvmbeta"],"arch":[64,32],"active":false,"password":null,
         "authorized_key":[],"host_key":[],"boot_time":null}}
        """;

    public const string RescueArmed = """
        {"rescue":{"server_ip":"88.99.2.106","server_ipv6_net":"2a01:4f8:173:2941::","server_number":3064816,
         "os":"linux","arch":64,"active":true,"password":"Xh3kPq9wRt5vZn2m",
         "authorized_key":[{"key":{"name":"tau-rehearsal-2026-09-08",
           "fingerprint":"2e:3a:a9:88:8e:d8:71:f5:49:6c:0e:f1:e9:cf:8f:07","type":"ED25519","size":256,
           "created_at":"2026-09-08 16:48:17"}}],
         "host_key":[],"boot_time":null}}
        """;

    public const string RescueBooted = """
        {"rescue":{"server_ip":"88.99.2.106","server_ipv6_net":"2a01:4f8:173:2941::","server_number":3064816,
         "os":"linux","arch":64,"active":false,"password":null,
         "authorized_key":[{"key":{"name":"tau-rehearsal-2026-09-08",
           "fingerprint":"2e:3a:a9:88:8e:d8:71:f5:49:6c:0e:f1:e9:cf:8f:07","type":"ED25519","size":256}}],
         "host_key":[{"key":{"fingerprint":"8ijQygHkVNoJZ1X6W6FZkwMBm+8PI9YyXp869pqgaCw","type":"ECDSA","size":256}},
                     {"key":{"fingerprint":"qOAc/pn+7Qj7QKCIxwoMdK1W5qPfChYX0F0NO4WI3NY","type":"ED25519","size":256}},
                     {"key":{"fingerprint":"K2MDCUI5mQxxpNCSsUPbjm1lm7Sq2BYUOsysIthpSa8","type":"RSA","size":3072}}],
         "boot_time":"2026-09-08 19:09:11"}}
        """;

    public const string Key = """
        {"key":{"name":"key2","fingerprint":"15:28:b0:03:95:f0:77:b3:10:56:15:6b:77:22:a5:bb","type":"ED25519","size":256,
         "data":"ssh-ed25519 AAAAC3NzaC1 ...","created_at":"2021-12-31 23:59:59"}}
        """;

    public const string FirewallWithArrays = """
        {"firewall":{"server_ip":"123.123.123.123","server_number":321,"status":"active","filter_ipv6":false,
         "whitelist_hos":true,"port":"main","rules":{"input":[{"ip_version":"ipv4","name":"rule 1","dst_ip":null,
         "src_ip":"1.1.1.1","dst_port":"80","src_port":null,"protocol":null,"tcp_flags":null,"action":"accept"}],
         "output":[{"name":"Allow all","action":"accept","ip_version":null}]}}}
        """;

    public const string FirewallWithObjects = """
        {"firewall":{"server_ip":"123.123.123.123","server_number":321,"status":"in process","filter_ipv6":"true",
         "whitelist_hos":true,"port":"main","rules":{"input":{"0":{"ip_version":"ipv4","name":"rule 1","dst_port":80,
         "action":"accept"},"1":{"action":"discard"}}}}}
        """;

    public const string FirewallCleared = """
        {"firewall":{"server_ip":null,"server_number":321,"status":"disabled","filter_ipv6":false,"whitelist_hos":false,"port":"main","rules":{}}}
        """;

    public const string Ip = """
        {"ip":{"ip":"123.123.123.123","server_ip":"123.123.123.123","server_number":321,"locked":false,"separate_mac":null,
         "traffic_warnings":true,"traffic_hourly":50,"traffic_daily":50,"traffic_monthly":8,
         "gateway":"123.123.123.65","mask":26,"broadcast":"123.123.123.127"}}
        """;

    public const string BootNotAvailable = """
        {"error":{"status":404,"code":"BOOT_NOT_AVAILABLE","message":"No boot configuration available for this server"}}
        """;

    public const string InvalidKey = """
        {"error":{"status":400,"code":"INVALID_INPUT","message":"invalid input","missing":null,"invalid":["authorized_key"]}}
        """;

    public const string RateLimited = """
        {"error":{"status":403,"code":"RATE_LIMIT_EXCEEDED","max_requests":50,"interval":3600,"message":"rate limit exceeded"}}
        """;

    public const string RateLimitedAsDocumented = """
        {"error":{"status":403,"code":"RATE_LIMIT_EXCEEDED","max_request":200,"interval":"600","message":"rate limit exceeded"}}
        """;

    public const string Page = "<html><head><title>503 Service Unavailable</title></head></html>";

    public static string Error(int status, string code) => $$$"""{"error":{"status":{{{status}}},"code":"{{{code}}}","message":"some text"}}""";
}
