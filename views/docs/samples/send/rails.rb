# app/jobs/webhook_job.rb
class WebhookJob < ApplicationJob
  retry_on HostedHooks::TryAgain, wait: :polynomially_longer, attempts: 10

  def perform(event_type, data, event_id)
    HostedHooks.send_message(event_type, data, event_id: event_id)
  end
end

# app/models/user.rb
class User < ApplicationRecord
  after_create_commit do
    WebhookJob.perform_later("user.created", { id: id, email: email }, "user-#{id}-created")
  end
end
