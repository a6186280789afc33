/** A line cannot be imported; the message says why. */
export class LineProblem extends Error {}
