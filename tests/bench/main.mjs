import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { printInnerLoops, runInnerLoops } from './inner_loops.mjs';
import { printPeers, runPeers } from './peers.mjs';
import { run } from './support/processes.mjs';

const usage = `usage: tests/bench/run [--quick] [--filter REGEX] [--peers | --no-peers] [--compare FILE]
  --quick         fewer and shorter rounds: six minutes instead of twenty-five
  --filter REGEX  only benchmarks whose name matches, and comparisons whose file's name in tests/bench/peers does
  --peers         only the comparisons with other programs
  --no-peers      only the inner loops: half a minute with --quick
  --compare FILE  beside each inner loop's median, its ratio to an earlier run's (build/bench/*.json)
KEYAKI_BENCH_BUILD: the build folder (build/bench). KEYAKI_BENCH_PROGRAM: keyaki itself (build/release/server/keyaki).
KEYAKI_BENCH_INPUTS: a folder with the output of bench-inputs.py; without it ../shared/tools/bench-inputs.py makes one for the comparisons.
KEYAKI_BENCH_SCRATCH: where databases are made (build/bench); the user postgres must be able to enter it, and it should be a disk, not memory.
KEYAKI_SHARED_DATA: the collection of data (../shared/data).`;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const fromRoot = (named, otherwise) => path.resolve(root, named ?? otherwise);

function parseArguments(words) {
  const options = { quick: false, filter: '', compare: '', peers: true, innerLoops: true };
  const flags = { '--quick': { quick: true }, '--peers': { innerLoops: false }, '--no-peers': { peers: false } };
  for (let i = 0; i < words.length; ++i) {
    if (flags[words[i]]) {
      Object.assign(options, flags[words[i]]);
    } else if ((words[i] === '--filter' || words[i] === '--compare') && i + 1 < words.length) {
      options[words[i].slice(2)] = words[++i];
    } else {
      const help = words[i] === '--help' || words[i] === '-h';
      (help ? console.log : console.error)(usage);
      process.exit(help ? 0 : 2);
    }
  }
  return options;
}

const output = (program, ...words) => execFileSync(program, words, { cwd: root, encoding: 'utf8' }).trim();

/** Versions of the packages that are measured or measure: the section [bench] of cmake/packages.txt, and the libraries beneath both sides. */
function versions() {
  const section = fs.readFileSync(path.join(root, 'cmake/packages.txt'), 'utf8').split(/^\[/m).find((text) => text.startsWith('bench]'));
  const packages = section.split('\n').slice(1).map((line) => line.replace(/#.*/, '').trim()).filter(Boolean);
  const words = ['-W', '-f', '${Package} ${Version}\n', ...packages, 'libsqlite3-0', 'libspatialite7', 'libgeos3.11.1', 'libpistache0', 'g++'];
  const found = execFileSync('sh', ['-c', 'dpkg-query "$@" 2>/dev/null || true', 'dpkg-query', ...words], { encoding: 'utf8' });
  return Object.fromEntries(found.trim().split('\n').map((line) => line.split(' ')));
}

function context(scratch, quick) {
  const changed = output('git', 'status', '--porcelain', '--untracked-files=no') !== '';
  return {
    date: new Date().toISOString(),
    commit: output('git', 'rev-parse', 'HEAD') + (changed ? ' with changes' : ''),
    quick,
    cpu: os.cpus()[0].model.trim(),
    cores: os.cpus().length,
    kernel: os.release(),
    memory_bytes: os.totalmem(),
    load_before: os.loadavg()[0],
    database_file_system: output('stat', '-f', '-c', '%T', scratch),
    versions: versions(),
  };
}

/** The inputs of the comparisons: a folder that is named, or one that is made now; null where neither is there. */
function prepareInputs(scratch) {
  if (process.env.KEYAKI_BENCH_INPUTS) {
    return fromRoot(process.env.KEYAKI_BENCH_INPUTS);
  }
  const generator = fromRoot('../shared/tools/bench-inputs.py');
  if (!fs.existsSync(generator)) {
    return null;
  }
  console.error('inputs …');
  run('python3', [generator, path.join(scratch, 'inputs')]);
  return path.join(scratch, 'inputs');
}

function prepareComparisons(options, scratch) {
  const keyaki = fromRoot(process.env.KEYAKI_BENCH_PROGRAM, 'build/release/server/keyaki');
  if (!fs.existsSync(keyaki)) {
    throw new Error(`${keyaki} is not built: ./dev build release builds it`);
  }
  const data = fromRoot(process.env.KEYAKI_SHARED_DATA, '../shared/data');
  return { ...options, keyaki, inputs: prepareInputs(scratch), data: fs.existsSync(data) ? data : null };
}

/** A new folder that other users may enter, not list. */
function makeScratch(results) {
  const parent = process.env.KEYAKI_BENCH_SCRATCH ? path.resolve(process.env.KEYAKI_BENCH_SCRATCH) : results; // /tmp may be memory, where an fsync costs nothing
  const scratch = fs.mkdtempSync(path.join(parent, 'scratch-'));
  fs.chmodSync(scratch, 0o711);
  process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));
  return scratch;
}

async function runAll(options, scratch) {
  const comparisons = options.peers ? prepareComparisons(options, scratch) : null;
  const named = process.env.KEYAKI_BENCH_INPUTS ? fromRoot(process.env.KEYAKI_BENCH_INPUTS) : null;
  const loops = options.innerLoops ? runInnerLoops({ ...options, inputs: named ?? comparisons?.inputs ?? null }, scratch) : { repetitions: [], results: [] };
  const peers = comparisons ? await runPeers(comparisons, scratch) : [];
  if (loops.results.length === 0 && peers.length === 0) {
    throw new Error(`no benchmark matches ${options.filter}`);
  }
  return { ...loops, peers };
}

function print(about, loops, peers, earlier) {
  console.log(`${about.cpu}, ${about.cores} cores, Linux ${about.kernel}, load ${about.load_before.toFixed(1)}, databases on ${about.database_file_system}`);
  console.log(`commit ${about.commit}, ${about.date}\n`);
  if (loops.length > 0) {
    printInnerLoops(loops, earlier);
    console.log('');
  }
  if (peers.length > 0) {
    printPeers(peers);
    console.log('');
  }
}

export async function main(words) {
  const options = parseArguments(words);
  const earlier = options.compare ? JSON.parse(fs.readFileSync(options.compare, 'utf8')) : null;
  const results = path.join(root, 'build/bench');
  fs.mkdirSync(results, { recursive: true });
  options.programs = path.join(fromRoot(process.env.KEYAKI_BENCH_BUILD, 'build/bench'), 'tests/bench');
  const scratch = makeScratch(results);
  const about = context(scratch, options.quick);
  const { repetitions, results: loops, peers } = await runAll(options, scratch);
  const file = path.join(results, `${about.date.replace(/[:.]/g, '-')}.json`);
  fs.writeFileSync(file, `${JSON.stringify({ context: { ...about, load_after: os.loadavg()[0] }, results: loops, peers, repetitions }, null, 1)}\n`);
  print(about, loops, peers, earlier);
  console.log(path.relative(root, file));
  process.exit(peers.some(({ failed }) => failed) ? 1 : 0);
}
