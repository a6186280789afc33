/** A line cannot be taken; the message says why. */
export class LineProblem extends Error {}
