# As much of Rails as the sample touches: a request, what is answered, and a job.
Request = Struct.new(:headers, :raw_post)

module ActionController
  class API
    attr_reader :request, :status

    def initialize(request) = (@request = request)
    def head(status) = (@status = status)
  end
end

class HandleWebhookJob
  def self.perform_later(id, body) = (raise "nothing to handle" if id.nil? || body.empty?)
end

require_relative "ruby"
require_relative "sample"

ARGV.each_slice(2) do |header, file|
  headers = { "HostedHooks-Signature" => header, "webhook-id" => "1" }
  controller = WebhooksController.new(Request.new(headers, File.binread(file)))
  controller.create
  puts({ no_content: "genuine", unauthorized: "refused" }.fetch(controller.status))
end
