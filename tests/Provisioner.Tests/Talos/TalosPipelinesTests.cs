using Kronform.Provision.Talos;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Talos;

public sealed class TalosPipelinesTests
{
    [Theory]
    [InlineData(GrpcCode.Unavailable, 3)]
    [InlineData(GrpcCode.DeadlineExceeded, 2)]
    [InlineData(GrpcCode.Cancelled, 1)]
    [InlineData(GrpcCode.PermissionDenied, 1)]
    [InlineData(GrpcCode.NotFound, 1)]
    [InlineData(GrpcCode.Unimplemented, 1)]
    [InlineData(GrpcCode.InvalidArgument, 1)]
    [InlineData(GrpcCode.Internal, 1)]
    public async Task A_question_is_asked_again_only_when_it_did_not_get_an_answer(GrpcCode code, int expected)
    {
        var time = new ManualTime();
        int tries = 0;
        var work = TalosPipelines.Questions(time).ExecuteAsync(_ =>
        {
            tries++;
            return ValueTask.FromException(new TalosRpcException(code, "no"));
        }, TestContext.Current.CancellationToken).AsTask();

        await Assert.ThrowsAsync<TalosRpcException>(() => time.RunAsync(work, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));

        Assert.Equal(expected, tries);
        Assert.InRange(time.GetUtcNow() - new ManualTime().GetUtcNow(), TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }
}
