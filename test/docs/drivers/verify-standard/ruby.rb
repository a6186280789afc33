require_relative "sample"

ARGV.each_slice(4) do |id, time, signatures, file|
  secret = ENV.fetch("HOSTEDHOOKS_SIGNING_SECRET")
  genuine = StandardWebhook.genuine?(id, time, signatures, File.binread(file), secret)
  puts genuine ? "genuine" : "refused"
end
