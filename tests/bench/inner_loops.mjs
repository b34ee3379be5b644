// The programs of Google Benchmark: functions timed alone, each beside the plain way to do the same work where there is one.
import fs from 'node:fs';
import path from 'node:path';
import { run } from './support/processes.mjs';
import { human, printTable, ratio, spread } from './support/tables.mjs';

/** What a figure is set against: the plain way to do the same work. */
const baselines = {
  'write_check_ins/real_time/threads:1': 'plain_sqlite_insert/rows:1/real_time',
  'write_check_ins/real_time/threads:4': 'plain_sqlite_insert/rows:1/real_time',
  'write_check_ins/real_time/threads:16': 'plain_sqlite_insert/rows:1/real_time',
  'write_transfers/real_time/threads:1': 'plain_sqlite_insert/rows:1/real_time',
  'write_transfers/real_time/threads:4': 'plain_sqlite_insert/rows:1/real_time',
  'write_transfers/real_time/threads:16': 'plain_sqlite_insert/rows:1/real_time',
  'transfers_in_one_write/real_time': 'plain_sqlite_insert/rows:1000/real_time',
  'distance_between/metres:500': 'distance_between/metres:500000',
  'contains_by_fence/corners:512': 'contains_by_geos/corners:512',
  'rtree_query/by_tree/boxes:10000': 'rtree_query/by_looking_at_each/boxes:10000',
  'rtree_query/by_tree/boxes:200000': 'rtree_query/by_looking_at_each/boxes:200000',
  'decide_with_probability/fences:10000/accuracy_m:0': 'contain_by_boost/fences:10000',
  'decide_with_probability/fences:100000/accuracy_m:0': 'contain_by_boost/fences:100000',
};

/** Runs one program and gives its repetitions: { name, items per second or nanoseconds per call }. */
function runProgram(name, { programs, quick, filter, inputs }, scratch) {
  const file = path.join(scratch, `${name}.json`);
  const words = [`--benchmark_out=${file}`, '--benchmark_out_format=json', `--benchmark_repetitions=${quick ? 3 : 7}`,
    `--benchmark_min_time=${quick ? 0.05 : 0.3}`, '--benchmark_enable_random_interleaving=true'];
  if (filter) {
    words.push(`--benchmark_filter=${filter}`);
  }
  console.error(`${name} …`);
  run(path.join(programs, name), words, { env: { ...process.env, TMPDIR: scratch, ...(inputs && { KEYAKI_BENCH_INPUTS: inputs }) } });
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  const all = text ? JSON.parse(text).benchmarks : []; // empty where the filter left nothing
  const failed = all.find((one) => one.error_occurred);
  if (failed) {
    throw new Error(`${name}: ${failed.name}: ${failed.error_message}`);
  }
  return all.filter((one) => one.run_type === 'iteration');
}

const nanoseconds = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/** Repetitions of one benchmark as items per second (higher is better): calls where it does not count items. */
function summarize(repetitions) {
  const byName = new Map();
  const place = (one) => [one.program, one.family_index, one.per_family_instance_index]; // they ran interleaved
  const ordered = [...repetitions].sort((a, b) => place(a).map((value, i) => value - place(b)[i]).find((difference) => difference !== 0) ?? 0);
  for (const one of ordered) {
    const rate = one.items_per_second ?? 1e9 / (one.real_time * nanoseconds[one.time_unit]);
    byName.set(one.run_name, [...(byName.get(one.run_name) ?? []), rate]);
  }
  return [...byName].map(([name, rates]) => {
    return { name, ...spread(rates), repetitions: rates.length };
  });
}

/** Runs all programs: { repetitions, results }. `inputs` may be null: the programs of tiles, items, fences and filters are left out then. */
export function runInnerLoops(options, scratch) {
  const names = ['geo_bench', 'data_bench', 'publish_bench'];
  if (options.inputs) {
    names.push('keyaki_tiles_bench', 'items_bench', 'keyaki_fences_bench', 'keyaki_filter_bench');
  } else {
    console.error('keyaki_tiles_bench, items_bench, keyaki_fences_bench and keyaki_filter_bench are left out: there are no inputs (KEYAKI_BENCH_INPUTS)');
  }
  const repetitions = names.flatMap((name, program) => runProgram(name, options, scratch).map((one) => ({ program, ...one })));
  return { repetitions, results: summarize(repetitions) };
}

export function printInnerLoops(rows, earlier) {
  const medians = new Map(rows.map((row) => [row.name, row.median]));
  const before = new Map((earlier?.results ?? []).map((row) => [row.name, row.median]));
  printTable([
    ['per second', 'min', 'median', 'max', 'of the plain way', ...(earlier ? ['of the earlier run'] : [])],
    ...rows.map((row) => [row.name, human(row.min), human(row.median), human(row.max), ratio(row.median / medians.get(baselines[row.name])),
      ...(earlier ? [ratio(row.median / before.get(row.name))] : [])]),
  ]);
}
