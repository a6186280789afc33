import { readFileSync } from 'node:fs';
import { z } from 'zod';

const manifest = z.object({
  id: z.string(),
  api: z.object({ config_vars_prefix: z.string(), config_vars: z.array(z.string()) }),
});

const read = manifest.parse(
  JSON.parse(readFileSync(new URL('../../../addon-manifest.json', import.meta.url), 'utf8')),
);

/** The one add-on service that the fake Heroku sells, as our manifest describes it. */
export const SERVICE = {
  id: read.id,
  prefix: read.api.config_vars_prefix,
  configVars: read.api.config_vars,
};
