import { DIALECTS, literal, singleQuoted } from './literal.ts';
import type { SampleRequest } from './sample-request.ts';

export function rubySample({ method, url, body }: SampleRequest): string {
  const name = `${method.slice(0, 1)}${method.slice(1).toLowerCase()}`;
  const content =
    body === undefined
      ? ''
      : `
request["Content-Type"] = ${singleQuoted(body.contentType)}
request.body = ${
          typeof body.value === 'string'
            ? singleQuoted(body.value)
            : `JSON.generate(${literal(body.value, DIALECTS.ruby)})`
        }`;
  return `require "json"
require "net/http"

uri = URI(${singleQuoted(url)})
request = Net::HTTP::${name}.new(uri)
request["Authorization"] = "Bearer #{ENV.fetch("HOSTEDHOOKS_API_KEY")}"${content}
response = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https") do |http|
  http.request(request)
end
puts response.code, response.body`;
}
