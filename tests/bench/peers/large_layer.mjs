// A layer of a million features: building its snapshot, its memory, how soon a server that starts serves it, and how soon one changed feature is seen.
// Nothing to set these against: recorded so that a later change shows. Its tiles are set beside those of 100,000 features with as much in them: the
// features lie ten times side by side, three tiles of zoom 8 apart, and are counted on, so that numbers and names occur once. First the same tiles are
// drawn, then as many that lie in all ten by turns.
//
// In memory: keyaki_tiles_bench. From end to end: the layer is imported, published and served; then a file with one feature is merged into it, and the
// time runs from the start of `keyaki layer publish` to the first answer of the server that holds the change.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { end, freePort, get, run, start, until } from '../support/processes.mjs';

export const needs_inputs = true;

const copies = 10;
const features = 100_000;
const degreesApart = (3 * 360) / 256;
const neededStart_s = 3;
const neededBytes = 250;
/** Times as many tiles a second: within 1.5 times. */
const neededFlat = 0.667;

function measureInMemory(programs, inputs, scratch) {
  const file = path.join(scratch, 'snapshot.json');
  run(path.join(programs, 'keyaki_tiles_bench'), ['--benchmark_filter=of_a_million|^build_tiles/plain/14$', `--benchmark_out=${file}`],
    { env: { ...process.env, KEYAKI_BENCH_INPUTS: inputs } });
  const all = new Map(JSON.parse(fs.readFileSync(file, 'utf8')).benchmarks.map((one) => [one.name.replace(/\/iterations:.*/, ''), one]));
  return {
    build_s: all.get('build_snapshot_of_a_million').real_time / 1000,
    bytes_per_feature: all.get('build_snapshot_of_a_million')['bytes/feature'],
    publish_ms: all.get('publish_one_of_a_million').real_time,
    same: { ours: all.get('build_same_tiles_of_a_million').items_per_second, peer: all.get('build_tiles/plain/14').items_per_second },
    tiles: { ours: all.get('build_tiles_of_a_million').items_per_second, peer: all.get('build_tiles/plain/14').items_per_second },
  };
}

/** The hundred thousand features ten times, as keyaki_tiles_bench has them. */
async function writeMillion(inputs, file) {
  const out = fs.createWriteStream(file);
  for (let copy = 0; copy < copies; ++copy) {
    for await (const line of readline.createInterface({ input: fs.createReadStream(path.join(inputs, 'feat100k.geojsonseq')) })) {
      const feature = JSON.parse(line);
      feature.properties.fid += copy * features;
      feature.properties.name = feature.properties.name.replace(/\d+$/, String(feature.properties.fid));
      const move = (place) => (typeof place[0] === 'number' ? [Number((place[0] + degreesApart * copy).toFixed(7)), place[1]] : place.map(move));
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
  run(keyaki, ['import', 'layer', 'million', file, '--key', 'fid', '--merge', '--progress', 'none', '--database', database]);
  const began = performance.now();
  const program = start(keyaki, ['layer', 'publish', 'million', '--database', database], { log: path.join(folder, 'publish.log') });
  let ended_ms = null;
  program.ended.then(() => { ended_ms = performance.now() - began; });
  const seen_ms = await until(async () => {
    const { text } = await get(port, `/collections/million/items/${first.properties.fid}`);
    return JSON.parse(text).properties?.rank === rank ? performance.now() - began : undefined;
  }, { child: { ended: new Promise(() => {}) }, what: 'the published change', seconds: 60 });
  const how = await program.ended;
  if (how !== 'ended with 0') {
    throw new Error(`keyaki layer publish ${how}`);
  }
  return { seen_ms, ended_ms };
}

/** Starts a server and waits until it is ready: seconds from its start on, its map in memory and answering. */
async function startServer(keyaki, database, folder) {
  const port = await freePort();
  const began = performance.now();
  const server = start(keyaki, ['serve', '--database', database, '--listen', `127.0.0.1:${port}`], { log: path.join(folder, 'server.log') });
  await until(() => get(port, '/readyz').then(({ status }) => status === 200 || undefined, () => undefined),
    { child: server, what: 'keyaki serve', seconds: 120 });
  const start_s = (performance.now() - began) / 1000;
  const words = fs.readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1].split(' '); // proc(5): the 14th and 15th, in hundredths
  return { server, port, start_s, processor_s: (Number(words[11]) + Number(words[12])) / 100 };
}

async function measureServed({ keyaki, inputs, scratch, quick, log }) {
  const folder = fs.mkdtempSync(path.join(scratch, 'million-'));
  const database = path.join(folder, 'city.sqlite');
  const file = path.join(folder, 'million.geojsonseq');
  await writeMillion(inputs, file);
  const import_began = performance.now();
  run(keyaki, ['import', 'layer', 'million', file, '--key', 'fid', '--publish', '--progress', 'none', '--database', database]);
  const import_s = (performance.now() - import_began) / 1000;
  const started = [];
  for (let round = 1; round < (quick ? 3 : 7); ++round) {
    const { server, ...took } = await startServer(keyaki, database, folder);
    started.push(took);
    await end(server);
  }
  const { server, port, ...took } = await startServer(keyaki, database, folder);
  started.push(took);
  log(`a million features are served after ${started.map(({ start_s: seconds }) => seconds.toFixed(2))} s`);
  try {
    const first = JSON.parse(fs.readFileSync(file, 'utf8').slice(0, 10_000).split('\n')[0]);
    const published = [];
    for (let round = 0; round < (quick ? 3 : 7); ++round) {
      published.push(await publishOne({ keyaki, database, port, folder, first, rank: 1000 + round }));
      log(`one of a million seen after ${published[round].seen_ms.toFixed(0)} ms`);
    }
    const resident = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'));
    return { import_s, started, published, server_bytes: Number(resident[1]) * 1024 };
  } finally {
    await end(server);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export async function measure({ keyaki, programs, inputs, scratch, quick, log }) {
  const memory = Array.from({ length: quick ? 2 : 5 }, () => measureInMemory(programs, inputs, scratch));
  log(`a million features: ${JSON.stringify(memory)}`);
  const served = await measureServed({ keyaki, inputs, scratch, quick, log });
  const alone = (values) => values.map((ours) => ({ ours, peer: null }));
  const row = (name, unit, values) => ({ name: `a million features: ${name}`, unit, higher_is_better: false, rounds: alone(values) });
  const within = (name, unit, values, most) => ({ ...row(name, unit, values), rounds: values.map((ours) => ({ ours, peer: most })), needed: 1 });
  return [
    row('building the snapshot', 's', memory.map((one) => one.build_s)),
    within('memory of the snapshot beyond coordinates, beside the promised', 'bytes a feature', memory.map((one) => one.bytes_per_feature), neededBytes),
    row('bringing one change into the snapshot', 'ms', memory.map((one) => one.publish_ms)),
    { name: 'a million features: the same tiles of z14, beside those of 100,000', unit: 'a second and core', higher_is_better: true, needed: neededFlat,
      rounds: memory.map((one) => one.same) },
    { name: 'a million features: tiles of z14 from all over it, beside those of 100,000', unit: 'a second and core', higher_is_better: true, needed: neededFlat,
      rounds: memory.map((one) => one.tiles) },
    row('import and first publish', 's', [served.import_s]),
    within('start of the server until it serves them, beside the promised', 's', served.started.map((one) => one.start_s), neededStart_s),
    row('processor time of the start, all threads', 's', served.started.map((one) => one.processor_s)),
    row('memory of the server', 'MB', [served.server_bytes / 1e6]),
    row('publishing one change until it is seen', 'ms', served.published.map((one) => one.seen_ms)),
  ];
}
