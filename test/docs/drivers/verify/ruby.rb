require_relative "sample"

ARGV.each_slice(2) do |header, file|
  genuine = HostedHooksSignature.genuine?(header, File.binread(file), ENV.fetch("HOSTEDHOOKS_SIGNING_SECRET"))
  puts genuine ? "genuine" : "refused"
end
