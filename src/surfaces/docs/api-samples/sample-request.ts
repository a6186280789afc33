/** The request of a code sample. */
export interface SampleRequest {
  method: string;
  url: string;
  /** Undefined for a request without a body. A string `value` is sent as it is. */
  body: { contentType: string; value: unknown } | undefined;
}
