import java.nio.file.Files;
import java.nio.file.Path;

class Driver {
    public static void main(String[] args) throws Exception {
        String secret = System.getenv("HOSTEDHOOKS_SIGNING_SECRET");
        for (int at = 0; at < args.length; at += 2) {
            byte[] body = Files.readAllBytes(Path.of(args[at + 1]));
            System.out.println(HostedHooksSignature.isGenuine(args[at], body, secret) ? "genuine" : "refused");
        }
    }
}
