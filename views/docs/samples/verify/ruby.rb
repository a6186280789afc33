require "openssl"

module HostedHooksSignature
  # header: HostedHooks-Signature; body: the request's bytes as they came; secret: of the endpoint
  def self.genuine?(header, body, secret)
    time, signature = header.to_s.match(/\At=(\d{1,12}),s=(\h{64})\z/)&.captures
    return false if time.nil? || (Time.now.to_i - time.to_i).abs > 300

    expected = OpenSSL::HMAC.hexdigest("SHA256", secret, "#{time}.#{body}")
    OpenSSL.fixed_length_secure_compare(expected, signature)
  end
end
