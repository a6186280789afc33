// Program.cs, with the class HostedHooks of the C# sample in HostedHooks.cs
var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();

app.MapPost("/users", async (NewUser user, Users users) =>
{
    var made = await users.Create(user);
    var data = new { id = made.Id, email = made.Email };
    // The event_id makes it safe to send again from a background queue, where one is at hand.
    await HostedHooks.SendMessage("user.created", data, $"user-{made.Id}-created");
    return Results.Created($"/users/{made.Id}", made);
});

app.Run();
