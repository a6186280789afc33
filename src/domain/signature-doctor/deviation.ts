/** What goes wrong in code that checks a signature, or on a request's way to it. */
export type Mistake =
  | 'body_reserialised'
  | 'body_parsed'
  | 'body_data_only'
  | 'body_decoded'
  | 'body_changed'
  | 'newline_trimmed'
  | 'newline_added'
  | 'line_breaks_changed'
  | 'secret_decoded'
  | 'secret_not_decoded'
  | 'secret_spaced'
  | 'secret_cut'
  | 'secret_previous'
  | 'secret_of_other_endpoint'
  | 'secret_wrong'
  | 'header_missing'
  | 'header_malformed'
  | 'other_header'
  | 'scheme_mixed'
  | 'time_left_out'
  | 'time_in_milliseconds'
  | 'id_left_out'
  | 'dot_left_out'
  | 'hash_wrong'
  | 'hash_without_key'
  | 'encoding_wrong'
  | 'clock_behind'
  | 'clock_ahead'
  | 'login_asked';

/** A step away from how a signature is made. */
export interface Deviation {
  mistake: Mistake;
  /** What is particular of it, as the words for the mistake take it: a function, a name, a value. */
  of?: string;
}

/** One way to do a step of the signature; without a deviation it is the right one. */
export interface Reading<T> {
  value: T;
  deviation: Deviation | null;
}

export const right = <T>(value: T): Reading<T> => ({ value, deviation: null });

export const wrong = <T>(value: T, mistake: Mistake, of?: string): Reading<T> => ({
  value,
  deviation: of === undefined ? { mistake } : { mistake, of },
});
