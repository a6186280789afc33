import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

class SendMessage {
    static final HttpClient CLIENT = HttpClient.newHttpClient();
    static final URI MESSAGES = URI.create("https://www.hostedhooks.com/api/v1/apps/"
            + System.getenv("HOSTEDHOOKS_APP_ID") + "/messages");

    /** data is JSON, as your JSON library writes it. */
    static String sendMessage(String eventType, String data, String eventId)
            throws IOException, InterruptedException {
        String message = """
                {"event_type": "%s", "version": "1.0", "event_id": "%s", "data": %s}"""
                .formatted(eventType, eventId, data);
        HttpRequest request = HttpRequest.newBuilder(MESSAGES)
                .header("Authorization", "Bearer " + System.getenv("HOSTEDHOOKS_API_KEY"))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(10))
                .POST(HttpRequest.BodyPublishers.ofString(message))
                .build();
        HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IOException("HostedHooks answered " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }

    public static void main(String[] args) throws Exception {
        String data = """
                {"id": 42, "email": "kim@example.com"}""";
        System.out.println("Sent message " + sendMessage("user.created", data, "user-42-created"));
    }
}
