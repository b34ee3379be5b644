// A layer of a million features: building its snapshot, its memory, and how soon one changed feature is seen. Nothing to set it against: recorded so
// that a later change shows.
//
// In memory: keyaki_tiles_bench. From end to end: the layer is imported, published and served; then a file with one feature is merged into it, and the
// time runs from the start of `keyaki layer publish` to the first answer of the server that holds the change.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { end, freePort, get, run, start, until } from '../support/processes.mjs';

export const needs_inputs = true;

const copies = 10;

function measureInMemory(programs, inputs, scratch) {
  const file = path.join(scratch, 'snapshot.json');
  run(path.join(programs, 'keyaki_tiles_bench'), ['--benchmark_filter=of_a_million', `--benchmark_out=${file}`],
    { env: { ...process.env, KEYAKI_BENCH_INPUTS: inputs } });
  const [built, published] = JSON.parse(fs.readFileSync(file, 'utf8')).benchmarks;
  return { build_s: built.real_time / 1000, bytes_per_feature: built['bytes/feature'], publish_ms: published.real_time };
}

/** The hundred thousand features ten times, three degrees apart, as keyaki_tiles_bench has them. */
async function writeMillion(inputs, file) {
  const out = fs.createWriteStream(file);
  for (let copy = 0; copy < copies; ++copy) {
    for await (const line of readline.createInterface({ input: fs.createReadStream(path.join(inputs, 'feat100k.geojsonseq')) })) {
      const feature = JSON.parse(line);
      feature.properties.key = `${feature.properties.fid}-${copy}`;
      const move = (place) => (typeof place[0] === 'number' ? [place[0] + 3 * copy, place[1]] : place.map(move));
      feature.geometry.coordinates = move(feature.geometry.coordinates);
      if (!out.write(`${JSON.stringify(feature)}\n`)) {
        await new Promise((resolve) => { out.once('drain', resolve); });
      }
    }
  }
  await new Promise((resolve) => { out.end(resolve); });
}

/** Milliseconds from the start of the publishing program to the first answer with the change, and of them until the program had ended. */
async function publishOne({ keyaki, database, port, folder, first, rank }) {
  const file = path.join(folder, 'one.geojsonseq');
  fs.writeFileSync(file, `${JSON.stringify({ ...first, properties: { ...first.properties, rank } })}\n`);
  run(keyaki, ['import', 'layer', 'million', file, '--key', 'key', '--merge', '--progress', 'none', '--database', database]);
  const began = performance.now();
  const program = start(keyaki, ['layer', 'publish', 'million', '--database', database], { log: path.join(folder, 'publish.log') });
  let ended_ms = null;
  program.ended.then(() => { ended_ms = performance.now() - began; });
  const seen_ms = await until(async () => {
    const { text } = await get(port, `/collections/million/items/${first.properties.key}`);
    return JSON.parse(text).properties?.rank === rank ? performance.now() - began : undefined;
  }, { child: { ended: new Promise(() => {}) }, what: 'the published change', seconds: 60 });
  const how = await program.ended;
  if (how !== 'ended with 0') {
    throw new Error(`keyaki layer publish ${how}`);
  }
  return { seen_ms, ended_ms };
}

async function measureServed({ keyaki, inputs, scratch, quick, log }) {
  const folder = fs.mkdtempSync(path.join(scratch, 'million-'));
  const database = path.join(folder, 'city.sqlite');
  const file = path.join(folder, 'million.geojsonseq');
  await writeMillion(inputs, file);
  const import_began = performance.now();
  run(keyaki, ['import', 'layer', 'million', file, '--key', 'key', '--publish', '--progress', 'none', '--database', database]);
  const import_s = (performance.now() - import_began) / 1000;
  const port = await freePort();
  const serve_began = performance.now();
  const server = start(keyaki, ['serve', '--database', database, '--listen', `127.0.0.1:${port}`], { log: path.join(folder, 'server.log') });
  try {
    await until(() => get(port, '/readyz').then(({ status }) => status === 200 || undefined, () => undefined),
      { child: server, what: 'keyaki serve', seconds: 120 });
    const start_s = (performance.now() - serve_began) / 1000;
    const first = JSON.parse(fs.readFileSync(file, 'utf8').slice(0, 10_000).split('\n')[0]);
    const published = [];
    for (let round = 0; round < (quick ? 3 : 7); ++round) {
      published.push(await publishOne({ keyaki, database, port, folder, first, rank: 1000 + round }));
      log(`one of a million seen after ${published[round].seen_ms.toFixed(0)} ms`);
    }
    const resident = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'));
    return { import_s, start_s, published, server_bytes: Number(resident[1]) * 1024 };
  } finally {
    await end(server);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export async function measure({ keyaki, programs, inputs, scratch, quick, log }) {
  const memory = Array.from({ length: quick ? 1 : 3 }, () => measureInMemory(programs, inputs, scratch));
  log(`a million features: ${JSON.stringify(memory)}`);
  const served = await measureServed({ keyaki, inputs, scratch, quick, log });
  const alone = (values) => values.map((ours) => ({ ours, peer: null }));
  const row = (name, unit, values) => ({ name: `a million features: ${name}`, unit, higher_is_better: false, rounds: alone(values) });
  return [
    row('building the snapshot', 's', memory.map((one) => one.build_s)),
    row('memory of the snapshot', 'bytes a feature', memory.map((one) => one.bytes_per_feature)),
    row('bringing one change into the snapshot', 'ms', memory.map((one) => one.publish_ms)),
    row('import and first publish', 's', [served.import_s]),
    row('start of the server', 's', [served.start_s]),
    row('memory of the server', 'MB', [served.server_bytes / 1e6]),
    row('publishing one change until it is seen', 'ms', served.published.map((one) => one.seen_ms)),
  ];
}
