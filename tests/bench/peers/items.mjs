// Pages of features as GeoJSON beside PostGIS: the 100,000 features of bench-inputs.py, the same 3,000 boxes around features, at most 1,000 features a
// page, the same four attributes and seven decimals.
//
// Ours: `/collections/bench/items?bbox=…&limit=1000` over HTTP (wrk), in the order of ids, with the exact numberMatched. PostGIS': one prepared
// statement a page (pgbench over a socket), whichever features its index gives first, without counting the others and deciding by the boxes of
// geometries alone, which is less work. Two ways, each a row of its own: json_agg over ST_AsGeoJSON(row), which is what is usually done, and the rows'
// texts joined, which is quicker. Both send the whole page to their client; four connections each. Neither side keeps pages: each of ours is put together
// when it is asked for. Ours keeps the text of a feature once it was written (at most 64 MiB; README, decision 21), and three rounds of 3,000 boxes ask
// for each feature often, as phones do. Requests a second, the 99th percentile of the time that one takes, and the server's time on
// processors for one page of ours, which other load on the machine changes least.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { breath, end, freePort, get, run, start, until } from '../support/processes.mjs';
import { startPostgres } from '../support/postgres.mjs';

export const needs_inputs = true;

const here = path.dirname(fileURLToPath(import.meta.url));
const connections = 4;
const limit = 1000;
const needed = 5;

const schema = `
CREATE DATABASE items;
\\connect items
CREATE EXTENSION postgis;
CREATE TABLE loaded (fid bigint, name text, kind text, rank int, geometry text);
CREATE TABLE box (n serial PRIMARY KEY, west float8, south float8, east float8, north float8);
`;
const arrange = `
CREATE TABLE feature AS SELECT fid, name, kind, rank, ST_SetSRID(ST_GeomFromGeoJSON(geometry), 4326) AS geom FROM loaded;
CREATE INDEX feature_geom ON feature USING gist (geom);
CLUSTER feature USING feature_geom;
DROP TABLE loaded;
ALTER TABLE box ADD COLUMN area geometry(Polygon, 4326);
UPDATE box SET area = ST_MakeEnvelope(west, south, east, north, 4326);
VACUUM ANALYZE;
SELECT count(*) FROM feature;
`;
const rows = `SELECT fid, name, kind, rank, geom FROM feature WHERE geom && (SELECT area FROM box WHERE n = :n) LIMIT ${limit}`;
const ways = {
  json_agg: `SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(ST_AsGeoJSON(t.*, 'geom', 7)::json), '[]')) FROM (${rows}) AS t;`,
  string_agg: `SELECT '{"type":"FeatureCollection","features":[' || coalesce(string_agg(ST_AsGeoJSON(t.*, 'geom', 7), ','), '') || ']}' FROM (${rows}) AS t;`,
};

/** Boxes of about 6 by 4 km around features, the same each time. */
function makeBoxes(inputs) {
  let state = 20261125;
  const random = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32; };
  const lines = fs.readFileSync(path.join(inputs, 'pts60k.geojsonseq'), 'utf8').trim().split('\n');
  return Array.from({ length: 3000 }, () => {
    const [lon, lat] = JSON.parse(lines[Math.floor(random() * lines.length)]).geometry.coordinates;
    return [lon - 0.04, lat - 0.018, lon + 0.04, lat + 0.018].map((degrees) => degrees.toFixed(6));
  });
}

async function loadPeer(server, inputs, boxes, scratch) {
  server.sql(schema);
  const file = path.join(scratch, 'features.tsv');
  const out = fs.createWriteStream(file);
  for await (const line of readline.createInterface({ input: fs.createReadStream(path.join(inputs, 'feat100k.geojsonseq')) })) {
    const { properties: { fid, name, kind, rank }, geometry } = JSON.parse(line);
    out.write(`${fid}\t${name}\t${kind}\t${rank}\t${JSON.stringify(geometry)}\n`);
  }
  await new Promise((resolve) => { out.end(resolve); });
  server.copy('loaded', file, 'items');
  fs.writeFileSync(path.join(scratch, 'boxes.tsv'), boxes.map((box) => `${box.join('\t')}\n`).join(''));
  server.copy('box (west, south, east, north)', path.join(scratch, 'boxes.tsv'), 'items');
  const count = server.sql(arrange, 'items');
  if (count !== '100000') {
    throw new Error(`expected 100000 features, found ${count}`);
  }
}

const pathOf = (box) => `/collections/bench/items?bbox=${box.join(',')}&limit=${limit}`;

/** Both must give the same number of features for the same box, decided by the geometries. */
async function compareCounts(server, port, boxes) {
  let sum = 0;
  for (let n = 1; n <= boxes.length; n += 97) {
    const ours = JSON.parse((await get(port, pathOf(boxes[n - 1]))).text);
    const theirs = Number(server.sql(`SELECT count(*) FROM feature, box WHERE n = ${n} AND ST_Intersects(geom, area)`, 'items'));
    if (ours.numberMatched !== theirs || ours.features.length !== Math.min(theirs, limit)) {
      throw new Error(`box ${n}: PostGIS finds ${theirs} features, keyaki ${ours.numberMatched} and gives ${ours.features.length}`);
    }
    sum += ours.features.length;
  }
  return sum / Math.ceil(boxes.length / 97);
}

/** Seconds on processors that a process has taken. */
function processorSeconds(pid) {
  const [user, system] = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).map(Number);
  return (user + system) / 100; // USER_HZ
}

function measureOurs(pid, port, file, seconds) {
  const began = processorSeconds(pid);
  const words = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', path.join(here, 'items.lua'), `http://127.0.0.1:${port}`, '--', file];
  const [answers, duration, bytes, p99, refused, broken] =
    /answers (\d+) seconds ([\d.]+) bytes (\d+) p99_ms ([\d.]+) refused (\d+) broken (\d+)/.exec(run('wrk', words)).slice(1).map(Number);
  if (refused + broken > 0 || answers === 0) {
    throw new Error(`of ${answers} answers ${refused} were refusals, and ${broken} requests broke`);
  }
  return { rate: answers / duration, p99_ms: p99, bytes: bytes / answers, processor_us: (processorSeconds(pid) - began) / answers * 1e6 };
}

/** pgbench's log has a line for each transaction: client, number, microseconds, … */
function measurePeer(server, script, seconds, scratch) {
  const file = path.join(scratch, 'items.sql');
  fs.writeFileSync(file, `\\set n random(1, 3000)\n${script}\n`);
  const folder = fs.mkdtempSync(path.join(scratch, 'log-'));
  const words = ['-n', '-M', 'prepared', '-c', String(connections), '-j', '2', '-T', String(seconds), '-f', file, '-l', `--log-prefix=${path.join(folder, 'log')}`];
  const said = run(server.pgbench, [...words, ...server.connection, 'items']);
  const rate = Number(/^tps = ([0-9.]+)/m.exec(said)[1]);
  const times = fs.readdirSync(folder).flatMap((name) => fs.readFileSync(path.join(folder, name), 'utf8').trim().split('\n'))
    .map((line) => Number(line.split(' ')[2]) / 1000).sort((a, b) => a - b);
  fs.rmSync(folder, { recursive: true });
  return { rate, p99_ms: times[Math.floor(times.length * 0.99)] };
}

export async function measure({ keyaki, inputs, scratch, quick, log }) {
  const boxes = makeBoxes(inputs);
  const paths = path.join(scratch, 'paths.txt');
  fs.writeFileSync(paths, boxes.map((box) => `${pathOf(box)}\n`).join(''));
  const database = path.join(scratch, 'items.sqlite');
  run(keyaki, ['import', 'layer', 'bench', path.join(inputs, 'feat100k.geojson'), '--key', 'fid', '--publish', '--message', 'bench', '--progress', 'none',
    '--database', database]);
  const port = await freePort();
  const server = await startPostgres(scratch);
  const ours = start(keyaki, ['serve', '--database', database, '--listen', `127.0.0.1:${port}`], { log: path.join(scratch, 'server.log') });
  const rounds = [];
  let note = '';
  try {
    await until(() => get(port, '/readyz').then(({ status }) => status === 200 || undefined, () => undefined), { child: ours, what: 'keyaki serve' });
    await loadPeer(server, inputs, boxes, scratch);
    const mean = await compareCounts(server, port, boxes);
    for (let round = 0; round < (quick ? 2 : 5); ++round) {
      await breath();
      const seconds = quick ? 2 : 5;
      const peers = Object.fromEntries(Object.entries(ways).map(([name, script]) => [name, measurePeer(server, script, seconds, scratch)]));
      const own = measureOurs(ours.pid, port, paths, seconds);
      rounds.push({ own, peers });
      note = `${mean.toFixed(0)} features and ${(own.bytes / 1000).toFixed(0)} KB a page`;
      log(`${own.rate.toFixed(0)} pages a second (p99 ${own.p99_ms.toFixed(1)} ms, ${own.processor_us.toFixed(0)} µs a page), PostGIS ${Object.entries(peers)
        .map(([name, one]) => `${one.rate.toFixed(0)} by ${name} (p99 ${one.p99_ms.toFixed(1)} ms)`).join(', ')}; ${note}`);
    }
  } finally {
    await end(ours);
    await server.stop();
  }
  const beside = (way, promised) => [
    { name: `pages of items in a box as GeoJSON, beside PostGIS by ${way}`, unit: 'a second', higher_is_better: true, needed: promised,
      rounds: rounds.map(({ own, peers }) => ({ ours: own.rate, peer: peers[way].rate })) },
    { name: `pages of items in a box as GeoJSON, 99th percentile, by ${way}`, unit: 'ms', higher_is_better: false, needed: promised,
      rounds: rounds.map(({ own, peers }) => ({ ours: own.p99_ms, peer: peers[way].p99_ms })) },
  ];
  return [
    ...beside('json_agg', needed),
    ...beside('string_agg'),
    { name: 'pages of items in a box as GeoJSON, the server on processors', unit: 'µs', higher_is_better: false, note,
      rounds: rounds.map(({ own }) => ({ ours: own.processor_us, peer: null })) },
  ];
}
