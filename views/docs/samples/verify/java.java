import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class HostedHooksSignature {
    static final Pattern HEADER = Pattern.compile("t=(\\d{1,12}),s=([0-9a-f]{64})");

    /** header: HostedHooks-Signature; body: the request's bytes as they came; secret: of the endpoint */
    static boolean isGenuine(String header, byte[] body, String secret) throws GeneralSecurityException {
        Matcher match = HEADER.matcher(header == null ? "" : header);
        if (!match.matches()) return false;
        long age = System.currentTimeMillis() / 1000 - Long.parseLong(match.group(1));
        if (Math.abs(age) > 300) return false;
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        mac.update((match.group(1) + ".").getBytes(UTF_8));
        return MessageDigest.isEqual(mac.doFinal(body), HexFormat.of().parseHex(match.group(2)));
    }
}
