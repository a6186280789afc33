# app/controllers/webhooks_controller.rb, with the module of the Ruby sample in app/lib
class WebhooksController < ActionController::API
  def create
    header = request.headers["HostedHooks-Signature"]
    secret = ENV.fetch("HOSTEDHOOKS_SIGNING_SECRET")
    return head :unauthorized unless HostedHooksSignature.genuine?(header, request.raw_post, secret)

    HandleWebhookJob.perform_later(request.headers["webhook-id"], request.raw_post)
    head :no_content
  end
end
