/** Who may import whom: entry points -> surfaces and workers -> nouns and pipeline -> outbound, queue, database -> lib. */

const SURFACES = ['api', 'heroku', 'dashboard', 'portal', 'docs', 'receiver'];
const NOUNS = [
  'accounts',
  'apps',
  'attempts',
  'endpoints',
  'event-schemas',
  'explanations',
  'exports',
  'heroku-platform',
  'hook-helpers',
  'idempotency',
  'imports',
  'messages',
  'plans',
  'quotas',
  'replays',
  'retention',
  'search',
  'subscriptions',
  'subscribers',
];
const INSIDE = [...NOUNS, 'pipeline', 'queue', 'database', 'outbound', 'lib', 'telemetry', 'mail'];
const ENTRY_POINTS = '^src/(web|worker|release)\\.ts$';

const folders = (names) => `^src/(${names.join('|')})/`;
const library = (name) => `node_modules/${name}/`;

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    rule(
      'no-cycles',
      'Two files that need each other, be it for a type, are one idea, or hide a third.',
      {},
      { circular: true },
    ),
    rule('no-unresolvable', 'Imports exist.', {}, { couldNotResolve: true }),
    rule(
      'lib-stands-alone',
      'Each file of lib could be a package: it knows nothing of our product.',
      { path: '^src/lib/' },
      { path: '^src/', pathNot: '^src/lib/' },
    ),
    rule(
      'only-queue-knows-pg-boss',
      'The queue can be replaced in one folder.',
      { path: '^src/', pathNot: '^src/(queue|commands/bench)/' },
      { path: library('pg-boss') },
    ),
    rule(
      'only-outbound-knows-undici',
      'The security boundary: what leaves our network passes the address policy.',
      { path: '^src/', pathNot: '^src/(outbound|commands/bench)/' },
      { path: library('undici') },
    ),
    ...SURFACES.map((surface) =>
      rule(
        `${surface}-is-on-its-own`,
        'Surfaces have their own authentication and error form; what they share lies in http or in the nouns.',
        { path: folders([surface]) },
        { path: folders(SURFACES.filter((other) => other !== surface)) },
      ),
    ),
    rule(
      'inside-knows-no-surface',
      'The same rules hold whichever surface a request came through.',
      { path: folders(INSIDE) },
      { path: folders([...SURFACES, 'http']) },
    ),
    rule(
      'inside-knows-no-express',
      'Requests and responses end at the surfaces.',
      { path: folders(INSIDE) },
      { path: library('express') },
    ),
    rule(
      'foundations-know-no-nouns',
      'Outbound, queue and database would serve another product.',
      { path: folders(['outbound', 'queue', 'database']) },
      { path: folders([...NOUNS, 'pipeline']), dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'http-knows-no-surface',
      'What surfaces share does not depend on one of them.',
      { path: '^src/http/' },
      { path: folders(SURFACES) },
    ),
    rule(
      'no-tests-in-production',
      'Tests import the source, never the other way round.',
      { path: '^src/' },
      { path: '^test/' },
    ),
    rule(
      'no-development-dependencies-in-production',
      'Heroku prunes them. Commands run on a checkout, where they are.',
      { path: '^src/', pathNot: '^src/commands/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'entry-points-are-outermost',
      'A process is started, not imported; commands and tests start them.',
      { path: '^src/', pathNot: '^src/commands/' },
      { path: ENTRY_POINTS },
    ),
    rule(
      'commands-are-outermost',
      'Development tools are no part of the product.',
      { path: '^src/', pathNot: '^src/commands/' },
      { path: '^src/commands/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
};
