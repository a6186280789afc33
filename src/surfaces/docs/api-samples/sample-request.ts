/** A request as a sample makes it. */
export interface SampleRequest {
  method: string;
  url: string;
  /** Undefined: none is sent. A text is sent as it is when it is no JSON. */
  body: { contentType: string; value: unknown } | undefined;
}
