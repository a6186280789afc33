/**
 * Who may import whom, by place, so that a new folder is bound by where it stands:
 * entry points -> boot -> surfaces -> pipeline -> domain -> infra. `src/dev` is imported by nothing.
 */

const library = (name) => `node_modules/${name}/`;

/** A wing, with the wings that it may import. */
const WINGS = {
  infra: [],
  domain: ['infra'],
  pipeline: ['domain', 'infra'],
  surfaces: ['pipeline', 'domain', 'infra'],
  boot: ['surfaces', 'pipeline', 'domain', 'infra'],
};
const ALL_WINGS = [...Object.keys(WINGS), 'dev'];

/** A stage of the pipeline, with the stages that it may import. */
const STAGES = {
  accept: ['routing', 'dispatch'],
  routing: [],
  dispatch: ['send', 'settle'],
  send: ['routing'],
  settle: [],
  fetch: ['dispatch'],
};

/** The nouns of the domain: each may import those below it, so no two of them import each other. */
const NOUNS = [
  'app-lists',
  'find-anything',
  'imports',
  'exports',
  'retention',
  'replays',
  'evidence-links',
  'saved-views',
  'own-webhooks',
  'signature-doctor',
  'endpoints',
  'endpoint-queues',
  'transformations',
  'deliveries',
  'attempts',
  'messages',
  'invitations',
  'channels',
  'subscriptions',
  'issues',
  'apps',
  'outbound-rules',
  'heroku-resources',
  'api-requests',
  'api-keys',
  'heroku-platform',
  'people',
  'accounts',
  'hook-helpers',
  'quotas',
  'event-schemas',
  'idempotency',
  'mail',
  'search',
  'visits',
  'audit',
  'announcements',
  'plans',
  'roles',
];

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const except = (all, some) => all.filter((one) => !some.includes(one));

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
      'every-folder-is-in-a-wing',
      'A folder of src is one of the wings, or has the parts of the container, so that the rules below bind all code.',
      { path: '^src/', pathNot: `^src/(${ALL_WINGS.join('|')}|container)/|^src/[^/]+\\.ts$` },
      {},
    ),
    ...Object.entries(WINGS).map(([wing, allowed]) =>
      rule(
        `${wing}-imports-downwards`,
        `${wing} may import ${allowed.join(', ') || 'no other wing'}.`,
        { path: `^src/${wing}/` },
        { path: `^src/(${except(ALL_WINGS, [wing, ...allowed]).join('|')})/` },
      ),
    ),
    rule(
      'every-stage-is-listed',
      'A folder of the pipeline is one of its stages, so that the directions below bind it.',
      { path: '^src/pipeline/[^/]+/', pathNot: `^src/pipeline/(${Object.keys(STAGES).join('|')})/` },
      {},
    ),
    ...Object.entries(STAGES).map(([stage, allowed]) =>
      rule(
        `${stage}-follows-the-way-of-a-message`,
        `The stage ${stage} may import ${allowed.join(', ') || 'no other stage'}.`,
        { path: `^src/pipeline/${stage}/` },
        { path: '^src/pipeline/', pathNot: `^src/pipeline/(${[stage, ...allowed].join('|')})/` },
      ),
    ),
    rule(
      'every-noun-is-listed',
      'A folder of the domain is one of its nouns, so that the order below binds it.',
      { path: '^src/domain/[^/]+/', pathNot: `^src/domain/(${NOUNS.join('|')})/` },
      {},
    ),
    ...NOUNS.slice(1).map((noun, index) =>
      rule(
        `${noun}-imports-only-nouns-below`,
        'Nouns need each other one way only. models.ts collects the models of all of them.',
        { path: `^src/domain/${noun}/` },
        { path: `^src/domain/(${NOUNS.slice(0, index + 1).join('|')})/` },
      ),
    ),
    rule(
      'surfaces-do-not-import-each-other',
      'Each has its own authentication and error form; what they share lies in http and html.',
      { path: '^src/surfaces/([^/]+)/', pathNot: '^src/surfaces/(http|html)/' },
      { path: '^src/surfaces/([^/]+)/', pathNot: '^src/surfaces/($1|http|html)/' },
    ),
    rule(
      'what-surfaces-share-knows-none',
      'http is what every request passes; html is what the surfaces that answer pages share.',
      { path: '^src/surfaces/(http|html)/' },
      { path: '^src/surfaces/', pathNot: '^src/surfaces/(http|html)/' },
    ),
    rule(
      'lib-stands-alone',
      'Each file of lib could be a package: it knows nothing of our product.',
      { path: '^src/infra/lib/' },
      { path: '^src/', pathNot: '^src/infra/lib/' },
    ),
    rule(
      'only-surfaces-know-express',
      'Requests and responses end at the surfaces.',
      { path: '^src/(pipeline|domain|infra)/' },
      { path: library('express') },
    ),
    rule(
      'only-queue-knows-pg-boss',
      'The queue can be replaced in one folder.',
      { path: '^src/', pathNot: '^src/(infra/queue|dev/bench)/' },
      { path: library('pg-boss') },
    ),
    rule(
      'only-outbound-knows-undici',
      'The security boundary: what leaves our network passes the address policy.',
      { path: '^src/', pathNot: '^src/(infra/outbound|dev/bench)/' },
      { path: library('undici') },
    ),
    rule(
      'the-container-is-a-type-inside',
      'Parts get what they need; only boot and the entry points build a container.',
      { path: '^src/(surfaces|pipeline|domain|infra)/' },
      { path: '^src/(container|http-app|web|worker|release)\\.ts$', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'only-the-container-knows-its-parts',
      'They are built once, in one order, which container.ts has.',
      { path: '^src/', pathNot: '^src/container(/|\\.ts$)' },
      { path: '^src/container/' },
    ),
    rule(
      'inside-knows-no-container',
      'A part that takes the container hides what it needs.',
      { path: '^src/(pipeline|domain|infra)/' },
      { path: '^src/container\\.ts$' },
    ),
    rule(
      'surfaces-write-no-sql',
      'A surface hands the pool on and queries nothing itself.',
      { path: '^src/surfaces/' },
      { path: `${library('pg')}|^src/infra/database/transaction\\.ts$`, dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'surfaces-know-no-sequelize',
      'A surface hands the models on and reads or writes none itself: it knows the types of rows alone.',
      { path: '^src/surfaces/' },
      { path: `${library('sequelize')}|^src/domain/models\\.ts$` },
    ),
    rule(
      'no-tests-in-production',
      'Tests import the source, never the other way round.',
      { path: '^src/' },
      { path: '^test/' },
    ),
    rule(
      'no-development-dependencies-in-production',
      'Heroku prunes them. src/dev runs on a checkout, where they are.',
      { path: '^src/', pathNot: '^src/dev/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'entry-points-are-outermost',
      'A process is started, not imported; src/dev and tests start them.',
      { path: '^src/', pathNot: '^src/dev/' },
      { path: '^src/(web|worker|release)\\.ts$' },
    ),
    rule(
      'dev-is-outermost',
      'Development tools are no part of the product.',
      { path: '^src/', pathNot: '^src/dev/' },
      { path: '^src/dev/' },
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
