// The comparisons of tests/bench/peers (README.md there says what a comparison is): found, run one after the other, and put into one table.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { human, printTable, ratio, spread } from './support/tables.mjs';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'peers');

/** How many times as good as the peer each round was; nothing where there is no peer. */
function ratiosOf({ rounds, higher_is_better: higherIsBetter }) {
  return rounds.filter(({ peer }) => peer != null).map(({ ours, peer }) => (higherIsBetter ? ours / peer : peer / ours));
}

/** Why a comparison cannot be made here, or nothing. */
function obstacle(module, { inputs, data }) {
  if (module.needs_inputs !== false && !inputs) {
    return 'there is no generator of inputs (../shared/tools/bench-inputs.py) and KEYAKI_BENCH_INPUTS names no folder';
  }
  return module.needs_shared_data && !data ? 'there is no collection of data (../shared/data, KEYAKI_SHARED_DATA)' : null;
}

async function runOne(name, options, scratch) {
  const module = await import(pathToFileURL(path.join(folder, `${name}.mjs`)));
  const reason = obstacle(module, options);
  if (reason) {
    console.error(`${name} is left out: ${reason}`);
    return { name, left_out: reason, rows: [] };
  }
  const own = path.join(scratch, name);
  fs.mkdirSync(own, { mode: 0o755 });
  const began = Date.now();
  console.error(`${name} …`);
  try {
    const rows = await module.measure({ ...options, scratch: own, log: (text) => console.error(`  ${text}`) });
    return { name, seconds: (Date.now() - began) / 1000, rows: rows.map((row) => ({ ...row, ratios: ratiosOf(row) })) };
  } catch (error) {
    console.error(`${name} failed: ${error.stack}`);
    return { name, failed: error.message, rows: [] };
  } finally {
    fs.rmSync(own, { recursive: true, force: true });
  }
}

/** Runs the comparisons whose file's name matches. */
export async function runPeers(options, scratch) {
  const names = fs.readdirSync(folder).filter((file) => file.endsWith('.mjs')).map((file) => file.slice(0, -4)).sort();
  const results = [];
  for (const name of names.filter((one) => new RegExp(options.filter).test(one))) {
    results.push(await runOne(name, options, scratch));
  }
  return results;
}

/** "met", "missed", or nothing where nothing was promised: by the middle of the rounds. */
function verdict({ needed, ratios }) {
  return needed === undefined || ratios.length === 0 ? '' : spread(ratios).median >= needed ? 'met' : 'missed';
}

export function printPeers(results) {
  const lines = [['beside a peer', 'keyaki', 'peer', 'unit', 'ratio: min', 'median', 'max', 'needed', '']];
  for (const row of results.flatMap(({ rows }) => rows)) {
    const times = row.ratios.length > 0 ? spread(row.ratios) : {};
    const peers = row.rounds.map(({ peer }) => peer).filter((peer) => peer != null);
    lines.push([row.name, human(spread(row.rounds.map(({ ours }) => ours)).median), peers.length > 0 ? human(spread(peers).median) : '', row.unit,
      ratio(times.min), ratio(times.median), ratio(times.max), row.needed === undefined ? '' : `${row.needed} x`, verdict(row)]);
  }
  printTable(lines);
  for (const { name, failed, left_out: leftOut } of results.filter((one) => one.failed || one.left_out)) {
    console.log(`${name}: ${failed ? `failed: ${failed}` : `left out: ${leftOut}`}`);
  }
  for (const { name, note } of results.flatMap(({ rows }) => rows).filter((row) => row.note)) {
    console.log(`${name}: ${note}`);
  }
}
