// Program.cs, with the class of the C# sample in HostedHooksSignature.cs
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton<WebhookQueue>();
var app = builder.Build();
var secret = builder.Configuration["HOSTEDHOOKS_SIGNING_SECRET"]!;

app.MapPost("/webhooks", async (HttpRequest request, WebhookQueue queue) =>
{
    // The bytes as they came: a parameter of a class of your own would be parsed.
    using var body = new MemoryStream();
    await request.Body.CopyToAsync(body);
    string? header = request.Headers["HostedHooks-Signature"];
    if (!HostedHooksSignature.IsGenuine(header, body.ToArray(), secret)) return Results.Unauthorized();

    await queue.Add(request.Headers["webhook-id"], body.ToArray());
    return Results.NoContent();
}).DisableAntiforgery();

app.Run();
