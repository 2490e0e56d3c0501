using System.Buffers.Binary;
using System.Text;
using Kronform.Provision.Agent.Inventory.Firmware;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Inventory;

/// <summary>Load options byte by byte as UEFI specification 2.10 lays them out (3.1.3, 10.3).</summary>
public sealed class EfiBootTests
{
    private const string Global = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

    private static readonly byte[] End = [0x7F, 0xFF, 4, 0];
    private static readonly byte[] NextInstance = [0x7F, 0x01, 4, 0];
    private static readonly byte[] Acpi = Node(2, 1, [0xD0, 0x41, 0x03, 0x0A, 0, 0, 0, 0]);
    private static readonly byte[] Pci = Node(1, 1, [0, 0x1C]);
    private static readonly byte[] Mac = Node(3, 11, [0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 1, .. new byte[26], 1]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void An_option_on_a_GPT_partition_names_partition_and_file()
    {
        var option = EfiLoadOption.Parse(Option(1, "Talos", [.. GptPartition(1, "0F1A2B3C-4D5E-6F70-8192-A3B4C5D6E7F8"), .. FilePath(@"\EFI\BOOT\BOOTX64.EFI"), .. End]));

        Assert.Equal(new EfiLoadOption("Talos", true, false, "0f1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8", @"\EFI\BOOT\BOOTX64.EFI"), option);
    }

    [Fact]
    public void A_partition_of_an_MBR_is_named_as_the_kernel_names_it()
    {
        var body = new byte[38];
        body[0] = 2;
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(20), 0xABCD1234);
        (body[36], body[37]) = (1, 1);

        Assert.Equal("abcd1234-02", EfiLoadOption.Parse(Option(1, "old", [.. Node(4, 1, body), .. End]))!.PartUuid);
    }

    public static TheoryData<string, byte[]> Networks => new()
    {
        { "MAC", Mac },
        { "IPv4", [.. Mac, .. Node(3, 12, new byte[23])] },
        { "IPv6", [.. Mac, .. Node(3, 13, new byte[56])] },
        { "URI", Node(3, 24, "http://boot/x.efi"u8) },
        { "BIOS, embedded network", Node(5, 1, [6, 0, 0, 0, .. "PXE\0"u8]) },
        { "BIOS, bootstrap entry vector", Node(5, 1, [0x80, 0, 0, 0, .. "PXE\0"u8]) },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void An_option_that_starts_over_the_network_is_known(string what, byte[] nodes)
    {
        var option = EfiLoadOption.Parse(Option(1, what, [.. Acpi, .. Pci, .. nodes, .. End]))!;

        Assert.Equal((true, null, null), (option.Network, option.PartUuid, option.Path));
    }

    public static TheoryData<string, byte[]> Others => new()
    {
        { "NVMe disk", Node(3, 23, [1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]) },
        { "SATA disk", Node(3, 18, [0, 0, 0xFF, 0xFF, 0, 0]) },
        { "BIOS, hard disk", Node(5, 1, [2, 0, 0, 0, .. "HD\0"u8]) },
        { "Setup, in a firmware volume", Node(4, 6, new byte[16]) },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void Other_options_are_no_network_and_no_partition(string what, byte[] nodes)
    {
        var option = EfiLoadOption.Parse(Option(0, what, [.. Acpi, .. nodes, .. End]));

        Assert.Equal(new EfiLoadOption(what, Active: false, Network: false, null, null), option);
    }

    [Fact]
    public void Only_the_first_of_several_places_counts_and_the_options_own_data_is_passed_over()
    {
        var first = GptPartition(1, "11111111-2222-3333-4444-555555555555");
        var second = GptPartition(2, "66666666-7777-8888-9999-aaaaaaaaaaaa");

        var option = EfiLoadOption.Parse([.. Option(1, "two", [.. first, .. NextInstance, .. second, .. Mac, .. End]), .. "own data of the loader"u8])!;

        Assert.Equal(("11111111-2222-3333-4444-555555555555", false), (option.PartUuid, option.Network));
    }

    [Fact]
    public void A_file_path_in_pieces_is_joined() =>
        Assert.Equal(@"\EFI\debian\shimx64.efi",
            EfiLoadOption.Parse(Option(1, "x", [.. FilePath(@"\EFI\debian\"), .. FilePath("shimx64.efi"), .. End]))!.Path);

    [Fact]
    public void Whatever_is_cut_off_is_no_option_and_never_an_exception()
    {
        var whole = Option(1, "Talos", [.. GptPartition(1, "11111111-2222-3333-4444-555555555555"), .. FilePath(@"\x"), .. End]);
        for (var length = 0; length < whole.Length; length++) Assert.Null(EfiLoadOption.Parse(whole.AsSpan(0, length)));

        // A node that says it is longer than what is left, or shorter than its own head.
        foreach (var length in new byte[] { 0, 3, 200 })
        {
            byte[] node = [4, 4, length, 0];
            Assert.Null(EfiLoadOption.Parse(Option(1, "bad", node)));
        }
        var noise = new byte[300];
        var random = new Random(7);
        for (var round = 0; round < 5000; round++)
        {
            random.NextBytes(noise);
            EfiLoadOption.Parse(noise.AsSpan(0, random.Next(noise.Length)));
        }
    }

    [Fact]
    public async Task The_entries_come_in_boot_order_and_those_outside_it_last()
    {
        using var host = new FakeHost();
        Variable(host, "BootOrder", [2, 0, 1, 0, 0x0A, 0, 9, 0]);
        Variable(host, "BootCurrent", [2, 0]);
        Variable(host, "BootNext", [1, 0]);
        Variable(host, "Boot0000", Option(1, "UEFI Shell", End));
        Variable(host, "Boot0001", Option(1, "Talos", [.. GptPartition(1, "11111111-2222-3333-4444-555555555555"), .. FilePath(@"\EFI\BOOT\BOOTX64.EFI"), .. End]));
        Variable(host, "Boot0002", Option(1, "PXE IPv4", [.. Mac, .. End]));
        Variable(host, "Boot000A", Option(0, "debian", [.. GptPartition(1, "66666666-7777-8888-9999-aaaaaaaaaaaa"), .. FilePath(@"\EFI\debian\shimx64.efi"), .. End]));
        Variable(host, "BootOptionSupport", [3, 3, 0, 0]);
        Variable(host, "BootFFFF", [1]);

        var boot = (await AgentRun.InventoryAsync(host, Token)).EfiBoot!;

        Assert.Equal("0002", boot.Current);
        Assert.Equal(
            [
                new EfiBootEntry("0002", "PXE IPv4", true, true, true),
                new EfiBootEntry("0001", "Talos", true, true, false, "11111111-2222-3333-4444-555555555555", @"\EFI\BOOT\BOOTX64.EFI"),
                new EfiBootEntry("000A", "debian", false, true, false, "66666666-7777-8888-9999-aaaaaaaaaaaa", @"\EFI\debian\shimx64.efi"),
                new EfiBootEntry("0000", "UEFI Shell", true, false, false),
            ],
            boot.Entries);
    }

    [Fact]
    public async Task Without_variables_nothing_is_said()
    {
        using var bios = new FakeHost();
        Assert.Null((await AgentRun.InventoryAsync(bios, Token)).EfiBoot);

        using var unmounted = new FakeHost();
        unmounted.Put("sys/firmware/efi/efivars/x", "");
        File.Delete(Path.Combine(unmounted.Roots.Sys, "firmware/efi/efivars/x"));
        var inventory = await AgentRun.InventoryAsync(unmounted, Token);
        Assert.Equal(("uefi", null), (inventory.Firmware, inventory.EfiBoot));
    }

    [Fact]
    public async Task A_firmware_without_entries_has_an_empty_list()
    {
        using var host = new FakeHost();
        Variable(host, "BootCurrent", [0x0A, 0]);

        var boot = (await AgentRun.InventoryAsync(host, Token)).EfiBoot!;

        Assert.Equal(("000A", 0), (boot.Current, boot.Entries.Count));
    }

    private static void Variable(FakeHost host, string name, byte[] content) =>
        host.Put($"sys/firmware/efi/efivars/{name}-{Global}", [7, 0, 0, 0, .. content]);

    private static byte[] Option(uint attributes, string description, byte[] path)
    {
        var head = new byte[6];
        BinaryPrimitives.WriteUInt32LittleEndian(head, attributes);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(4), (ushort)path.Length);
        return [.. head, .. Encoding.Unicode.GetBytes(description + "\0"), .. path];
    }

    private static byte[] Node(byte type, byte subtype, ReadOnlySpan<byte> body)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)(4 + body.Length));
        return [type, subtype, .. length, .. body];
    }

    private static byte[] FilePath(string path) => Node(4, 4, Encoding.Unicode.GetBytes(path + "\0"));

    /// <summary>Number, first LBA 2048, a length, the partition's guid, table format GPT (2), kind of signature guid (2).</summary>
    private static byte[] GptPartition(uint number, string guid)
    {
        var body = new byte[38];
        BinaryPrimitives.WriteUInt32LittleEndian(body, number);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(4), 2048);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(12), 204800);
        Guid.Parse(guid).TryWriteBytes(body.AsSpan(20));
        (body[36], body[37]) = (2, 2);
        return Node(4, 1, body);
    }
}
