import { HerokuError } from '#src/dev/heroku-cli/output.ts';

/** A request that the Platform API refuses: a response with `{ id, message }`, and the CLI's error message. */
export class Refusal extends HerokuError {
  readonly status: number;
  readonly id: string;

  constructor(status: number, id: string, message: string) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

export const notFound = (what: string) => new Refusal(404, 'not_found', `Couldn't find that ${what}.`);
export const forbidden = (what: string) =>
  new Refusal(403, 'forbidden', `You do not have access to the ${what}.`);
export const invalid = (message: string) => new Refusal(422, 'invalid_params', message);
