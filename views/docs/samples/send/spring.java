// src/main/java/com/example/UserWebhooks.java, with the class SendMessage of the Java sample beside it
package com.example;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import org.springframework.scheduling.annotation.Async;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

@Component
class UserWebhooks {
    record UserCreated(long id, String email) {}

    private final ObjectMapper json;

    UserWebhooks(ObjectMapper json) {
        this.json = json;
    }

    /** After the commit: what is rolled back must not be told. Publish UserCreated where a user is created. */
    @Async
    @TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
    public void tell(UserCreated user) throws IOException, InterruptedException {
        String data = json.writeValueAsString(Map.of("id", user.id(), "email", user.email()));
        SendMessage.sendMessage("user.created", data, "user-" + user.id() + "-created");
    }
}
