// Plain JavaScript that Node 20 runs: it brings the checkout to the point where Node 24 runs the TypeScript sources.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const modules = join(root, 'node_modules');
const bundledNode = join(modules, 'node', 'bin', 'node');
const PARENT_CHECK_MS = 500;
/** A whole process group and npm may pass the same signal on; what comes this close together is one wish. */
const SAME_SIGNAL_MS = 500;

const [command, ...args] = process.argv.slice(2);
if (command === undefined || !/^[a-z-]+$/.test(command) || !existsSync(commandFile())) {
  fail(`There is no command ${command ?? '(none given)'} in src/dev.`);
}
if (!isInstalled()) install();
run(findNode());

function commandFile() {
  return join(root, 'src', 'dev', `${command}.ts`);
}

/** npm writes its hidden lock file last, so it is missing or old after an install that did not finish. */
function isInstalled() {
  const installed = statSync(join(modules, '.package-lock.json'), { throwIfNoEntry: false });
  const wanted = statSync(join(root, 'package-lock.json'));
  return installed !== undefined && installed.mtimeMs >= wanted.mtimeMs && existsSync(bundledNode);
}

/** With the development dependencies, whatever NODE_ENV says: the embedded PostgreSQL and Node 24 are among them. */
function install() {
  console.log('Installing what is missing (about 400 MB, once)…');
  const npm = process.env['npm_execpath'];
  const [program, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  // Errors only: npm on Node 20 warns that this package wants Node 24, which it is about to install.
  const words = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync(program, [...first, ...words], { cwd: root, stdio: 'inherit' });
  if (error !== undefined) fail(`npm could not be started: ${error.message}`);
  if (status !== 0) {
    fail('The installation failed, see above. With the network back, run the same command again.');
  }
}

function findNode() {
  if (existsSync(bundledNode)) return bundledNode;
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  fail(
    'Node 24 is missing: the npm package "node" brings it, unless npm was told to ignore install scripts.',
  );
}

/**
 * As the Procfile says: V8 lets garbage pile up to hundreds of megabytes where there is memory, which a dyno has not.
 */
function memoryFlags() {
  const [, flags = ''] = /^web: node (.*?)\S+$/m.exec(readFileSync(join(root, 'Procfile'), 'utf8')) ?? [];
  return flags.split(' ').filter((flag) => flag !== '');
}

/** @param {string} node */
function run(node) {
  const child = spawn(node, [...memoryFlags(), commandFile(), ...args], {
    cwd: root,
    env: {
      ...process.env,
      PATH: [join(modules, '.bin'), process.env['PATH']].join(delimiter),
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(modules, '.cache', 'node-compile'),
    },
    // The channel carries no message. It closes when we are killed, which the command takes for SIGTERM.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  forwardSignals(child);
  followParent(child);
  child.on('error', (error) => fail(`Node 24 could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function forwardSignals(child) {
  /** @type {Map<string, number>} */
  const lastAt = new Map();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the command itself too.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      const now = performance.now();
      if (now - (lastAt.get(signal) ?? -Infinity) > SAME_SIGNAL_MS) child.kill(signal);
      lastAt.set(signal, now);
    });
  }
}

/**
 * When npm is killed with -9 nobody tells us; our parent is then another process, or that of the shell between us and
 * npm is.
 * @param {import('node:child_process').ChildProcess} child
 */
function followParent(child) {
  const ancestors = findAncestors();
  setInterval(() => {
    if (findAncestors() !== ancestors) child.kill('SIGTERM');
  }, PARENT_CHECK_MS).unref();
}

function findAncestors() {
  const parent = process.ppid;
  return process.env['npm_execpath'] === undefined ? `${parent}` : `${parent} ${parentOf(parent)}`;
}

/** @param {number} pid */
function parentOf(pid) {
  try {
    if (process.platform === 'linux')
      return /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  } catch {
    return undefined;
  }
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}
