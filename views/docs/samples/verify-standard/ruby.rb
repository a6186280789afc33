require "openssl"

module StandardWebhook
  # id, time, signatures: webhook-id, webhook-timestamp, webhook-signature; secret: begins with whsec_
  def self.genuine?(id, time, signatures, body, secret)
    return false unless time.to_s.match?(/\A\d{1,12}\z/) && (Time.now.to_i - time.to_i).abs <= 300

    key = secret.delete_prefix("whsec_").unpack1("m")
    expected = "v1,#{[OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{time}.#{body}")].pack("m0")}"
    signatures.to_s.split.any? do |signature|
      signature.bytesize == expected.bytesize && OpenSSL.fixed_length_secure_compare(expected, signature)
    end
  end
end
