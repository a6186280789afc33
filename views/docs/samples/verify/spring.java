// src/main/java/com/example/WebhookController.java, with the class of the Java sample beside it
package com.example;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** With Spring Security: http.csrf(csrf -> csrf.ignoringRequestMatchers("/webhooks")), and permit the address. */
@RestController
class WebhookController {
    private final String secret;
    private final Webhooks webhooks;

    WebhookController(@Value("${HOSTEDHOOKS_SIGNING_SECRET}") String secret, Webhooks webhooks) {
        this.secret = secret;
        this.webhooks = webhooks;
    }

    /** byte[] is the body as it came; a class of your own would be parsed. */
    @PostMapping("/webhooks")
    ResponseEntity<Void> receive(
            @RequestHeader(name = "HostedHooks-Signature", required = false) String header,
            @RequestHeader(name = "webhook-id", required = false) String id,
            @RequestBody byte[] body) throws Exception {
        if (!HostedHooksSignature.isGenuine(header, body, secret)) return ResponseEntity.status(401).build();
        webhooks.handleLater(id, body);
        return ResponseEntity.noContent().build();
    }
}
