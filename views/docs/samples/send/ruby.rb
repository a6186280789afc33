require "json"
require "net/http"

module HostedHooks
  class Refused < StandardError; end  # Sending the same again would not help.
  class TryAgain < StandardError; end # Send the same again later, with the same event_id.

  MESSAGES = URI("https://www.hostedhooks.com/api/v1/apps/#{ENV.fetch("HOSTEDHOOKS_APP_ID")}/messages")
  HEADERS = {
    "Authorization" => "Bearer #{ENV.fetch("HOSTEDHOOKS_API_KEY")}",
    "Content-Type" => "application/json"
  }.freeze

  def self.send_message(event_type, data, event_id:)
    body = JSON.generate(event_type: event_type, version: "1.0", event_id: event_id, data: data)
    options = { use_ssl: MESSAGES.scheme == "https", open_timeout: 5, read_timeout: 10 }
    response = Net::HTTP.start(MESSAGES.hostname, MESSAGES.port, options) do |http|
      http.post(MESSAGES.path, body, HEADERS)
    end
    case response.code.to_i
    when 200, 201 then JSON.parse(response.body)
    when 429, 500.. then raise TryAgain, "#{response.code} #{response.body}"
    else raise Refused, "#{response.code} #{response.body}"
    end
  rescue SystemCallError, SocketError, Timeout::Error, OpenSSL::SSL::SSLError, EOFError => e
    raise TryAgain, e.message
  end
end

if $PROGRAM_NAME == __FILE__
  data = { id: 42, email: "kim@example.com" }
  message = HostedHooks.send_message("user.created", data, event_id: "user-42-created")
  puts "Sent message #{message["id"]}"
end
