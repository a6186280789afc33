using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

var data = new { id = 42, email = "kim@example.com" };
var sent = await HostedHooks.SendMessage("user.created", data, "user-42-created");
Console.WriteLine($"Sent message {sent["id"]}");

static class HostedHooks
{
    static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(10) };
    static readonly string Messages =
        $"https://www.hostedhooks.com/api/v1/apps/{Environment.GetEnvironmentVariable("HOSTEDHOOKS_APP_ID")}/messages";

    public static async Task<JsonNode> SendMessage(string eventType, object data, string eventId)
    {
        var message = new { event_type = eventType, version = "1.0", event_id = eventId, data };
        using var request = new HttpRequestMessage(HttpMethod.Post, Messages);
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Bearer", Environment.GetEnvironmentVariable("HOSTEDHOOKS_API_KEY"));
        request.Content = new StringContent(JsonSerializer.Serialize(message), Encoding.UTF8, "application/json");
        using var response = await Client.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"HostedHooks answered {(int)response.StatusCode} {body}");
        return JsonNode.Parse(body)!;
    }
}
