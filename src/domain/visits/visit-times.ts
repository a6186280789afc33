/** A visit ends this long after its last page. */
export const MAX_IDLE_MS = 12 * 60 * 60 * 1000;
/** A visit ends this long after its sign-on, because Heroku must confirm now and then who may open the add-on. */
export const MAX_VISIT_MS = 24 * 60 * 60 * 1000;
/** Interval between two writes of a visit's last use. */
export const RENEW_MS = 60_000;
