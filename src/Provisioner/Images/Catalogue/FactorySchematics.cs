using System.Net;
using System.Text.Json;
using Kronform.Provision.Cluster.Schematics;
using Kronform.Provision.Failures;
using Kronform.Provision.Images.Downloads;

namespace Kronform.Provision.Images.Catalogue;

/// <summary>Makes a schematic known to the Image Factory, which otherwise does not know what its id stands for.</summary>
internal static class FactorySchematics
{
    /// <summary>Doing it again changes nothing: the same schematic has the same id.</summary>
    /// <returns>A warning when the factory could not be asked; it may know the schematic already.</returns>
    /// <exception cref="ProvisionException"><see cref="FailureCode.ImageSchematic"/> when it refuses, or computes another id.</exception>
    public static async Task<string?> RegisterAsync(ImageHttp http, Uri factory, Schematic schematic, CancellationToken cancellation)
    {
        var url = new Uri(factory, "schematics");
        try
        {
            using var response = await http.PostAsync(url, schematic.CanonicalYaml, cancellation);
            var body = await response.Content.ReadAsStringAsync(cancellation);
            if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity)
                throw new ProvisionException(FailureCode.ImageSchematic, $"The Image Factory at {ImageAddress.Show(factory)} refuses the schematic: {Redaction.Of(body.Trim())}", "Correct image.schematic.");
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Created)) throw ImageHttp.Refused(url, response.StatusCode);
            if (IdOf(body) is { } id && id != schematic.Id)
                throw new ProvisionException(FailureCode.ImageSchematic,
                    $"The Image Factory at {ImageAddress.Show(factory)} gives the schematic the id {id}, computed here is {schematic.Id}: the two do not mean the same",
                    $"Look at both ({url}/{id}); if the factory's is right, write its id as image.schematic.");
            return null;
        }
        catch (ImageHttpException failure)
        {
            return $"the schematic could not be made known to the Image Factory ({failure.Message}); if it has never seen it, there is no such image";
        }
    }

    private static string? IdOf(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.TryGetProperty("id", out var id) ? id.GetString() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
