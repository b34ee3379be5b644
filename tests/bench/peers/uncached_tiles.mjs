// Uncached tiles a second on one core beside PostGIS: the 100,000 features of bench-inputs.py, the same addresses, attributes, extent and buffer.
//
// Ours: keyaki_tiles_bench, from the snapshot to the bytes. PostGIS': ST_AsMVT over one connection without parallel workers; the features are kept in
// the tiles' own projection, indexed, clustered and analysed, and only the length of each tile leaves the server, so that no time goes into sending.
// Two ways, of which the best counts in each round: one prepared statement a tile (pgbench), and one statement for many tiles.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { breath, run } from '../support/processes.mjs';
import { runPgbench, startPostgres } from '../support/postgres.mjs';

export const needs_inputs = true;

const zooms = [10, 11, 12, 13, 14];
const needed = 10;

const schema = `
CREATE DATABASE tiles;
\\connect tiles
CREATE EXTENSION postgis;
CREATE TABLE loaded (fid bigint, name text, kind text, rank int, geometry text);
CREATE TABLE address (n serial PRIMARY KEY, zoom int, x int, y int);
`;

const arrange = `
CREATE TABLE feature AS SELECT fid, name, kind, rank, ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(geometry), 4326), 3857) AS geom FROM loaded;
CREATE INDEX feature_geom ON feature USING gist (geom);
CLUSTER feature USING feature_geom;
DROP TABLE loaded;
VACUUM ANALYZE;
SELECT count(*) FROM feature;
`;

/** A tile as ours draws it: 4096 units a side, 64 units of buffer, the id and four attributes. */
const tile = (box, wider) => `SELECT ST_AsMVT(drawn, 'bench', 4096, 'geom', 'id') FROM (
  SELECT fid AS id, fid, name, kind, rank, ST_AsMVTGeom(geom, ${box}, 4096, 64, true) AS geom FROM feature WHERE geom && ${wider}) AS drawn`;
const oneStatement = (zoom) => `\\set n random(1, 3000)
SELECT octet_length((${tile(`(SELECT ST_TileEnvelope(zoom, x, y) FROM address WHERE n = ${(zoom - 10) * 3000} + :n)`,
    `(SELECT ST_TileEnvelope(zoom, x, y, margin => 64.0 / 4096) FROM address WHERE n = ${(zoom - 10) * 3000} + :n)`)}));
`;
const lateral = tile('ST_TileEnvelope(zoom, x, y)', 'ST_TileEnvelope(zoom, x, y, margin => 64.0 / 4096)');

async function load(server, inputs, scratch) {
  server.sql(schema);
  const rows = fs.createWriteStream(path.join(scratch, 'features.tsv'));
  for await (const line of readline.createInterface({ input: fs.createReadStream(path.join(inputs, 'feat100k.geojsonseq')) })) {
    const { properties: { fid, name, kind, rank }, geometry } = JSON.parse(line);
    rows.write(`${fid}\t${name}\t${kind}\t${rank}\t${JSON.stringify(geometry)}\n`);
  }
  await new Promise((resolve) => { rows.end(resolve); });
  server.copy('loaded', path.join(scratch, 'features.tsv'), 'tiles');
  const addresses = zooms.flatMap((zoom) => fs.readFileSync(path.join(inputs, `tiles_z${zoom}.txt`), 'utf8').trim().split('\n'));
  fs.writeFileSync(path.join(scratch, 'addresses.tsv'), addresses.map((address) => `${address.replaceAll('/', '\t')}\n`).join(''));
  server.copy('address (zoom, x, y)', path.join(scratch, 'addresses.tsv'), 'tiles');
  const count = server.sql(arrange, 'tiles');
  if (count !== '100000' || addresses.length !== 3000 * zooms.length) {
    throw new Error(`expected 100000 features and ${3000 * zooms.length} addresses, found ${count} and ${addresses.length}`);
  }
}

/** Ours, tiles a second: { plain, gzip }. */
function measureOurs(programs, inputs, scratch, zoom, seconds) {
  const file = path.join(scratch, 'tiles.json');
  run(path.join(programs, 'keyaki_tiles_bench'), [`--benchmark_filter=^build_tiles/.*/${zoom}$`, `--benchmark_min_time=${seconds}`, `--benchmark_out=${file}`],
    { env: { ...process.env, KEYAKI_BENCH_INPUTS: inputs } });
  return Object.fromEntries(JSON.parse(fs.readFileSync(file, 'utf8')).benchmarks.map((one) => [one.name.split('/')[1], one.items_per_second]));
}

/** Many tiles in one statement, timed by the server's own clock: tiles a second. */
function measureMany(server, zoom, tiles) {
  const said = server.sql(`SELECT clock_timestamp() AS began \\gset
SELECT sum(octet_length(made)) FROM (SELECT zoom, x, y FROM address WHERE zoom = ${zoom} ORDER BY n LIMIT ${tiles}) AS a, LATERAL (${lateral}) AS t(made);
SELECT extract(epoch FROM clock_timestamp() - :'began'::timestamptz);`, 'tiles');
  const [bytes, seconds] = said.split('\n').map(Number);
  if (!(bytes > 0 && seconds > 0)) {
    throw new Error(`PostGIS gave no tiles of zoom ${zoom}: ${said}`);
  }
  return tiles / seconds;
}

/** Features in the tiles of each zoom, ours and PostGIS', over the whole list. */
function compareCounts(server, programs, inputs) {
  const ours = new Map();
  for (const line of run(path.join(programs, 'keyaki_tiles_bench'), ['--feature-counts'], { env: { ...process.env, KEYAKI_BENCH_INPUTS: inputs } })
    .trim().split('\n')) {
    const [address, count] = line.split(' ');
    ours.set(address, Number(count));
  }
  const theirs = server.sql(`SELECT zoom || '/' || x || '/' || y, count(ST_AsMVTGeom(geom, ST_TileEnvelope(zoom, x, y), 4096, 64, true))
    FROM (SELECT DISTINCT zoom, x, y FROM address) AS a JOIN feature ON geom && ST_TileEnvelope(zoom, x, y, margin => 64.0 / 4096) GROUP BY 1`, 'tiles');
  const sums = Object.fromEntries(zooms.map((zoom) => [zoom, { tiles: 0, ours: 0, peer: 0, different_tiles: 0 }]));
  for (const [address, text] of theirs.split('\n').map((line) => line.split('|'))) {
    const sum = sums[address.split('/')[0]];
    const count = Number(text);
    sum.tiles += 1;
    sum.ours += ours.get(address);
    sum.peer += count;
    sum.different_tiles += ours.get(address) === count ? 0 : 1;
  }
  return sums;
}

export async function measure({ programs, inputs, scratch, quick, log }) {
  const server = await startPostgres(scratch);
  const rows = new Map(zooms.flatMap((zoom) => ['plain', 'gzip'].map((kind) => [`${kind}/${zoom}`, []])));
  try {
    await load(server, inputs, scratch);
    const counts = compareCounts(server, programs, inputs);
    log(`features in the tiles: ${JSON.stringify(counts)}`);
    // One core, and each tile made each time: Memoize would keep those that the list names twice.
    server.sql('ALTER DATABASE tiles SET max_parallel_workers_per_gather = 0; ALTER DATABASE tiles SET enable_memoize = off;');
    for (let round = 0; round < (quick ? 2 : 5); ++round) {
      for (const zoom of zooms) {
        await breath();
        const ours = measureOurs(programs, inputs, scratch, zoom, quick ? 0.3 : 0.8);
        const prepared = runPgbench(server, { script: oneStatement(zoom), clients: 1, seconds: quick ? 1 : 3, database: 'tiles', scratch });
        const many = measureMany(server, zoom, [50, 100, 300, 600, 1500][zoom - 10]);
        const peer = Math.max(prepared, many);
        for (const kind of ['plain', 'gzip']) {
          rows.get(`${kind}/${zoom}`).push({ ours: ours[kind], peer, ways: { prepared, many } });
        }
        log(`z${zoom}: ${ours.plain.toFixed(0)} a second, PostGIS ${prepared.toFixed(0)} by prepared statements, ${many.toFixed(0)} at once`);
      }
    }
    return [...rows].map(([key, rounds]) => {
      const [kind, zoom] = key.split('/');
      const { tiles, ours, peer, different_tiles: different } = counts[zoom];
      return {
        name: `uncached tiles z${zoom}${kind === 'gzip' ? ' with gzip' : ''}, beside PostGIS`, unit: 'a second and core', higher_is_better: true,
        needed: kind === 'plain' ? needed : undefined, rounds,
        note: kind === 'plain' ? `features in ${tiles} tiles: ${ours}, PostGIS ${peer}; ${different} tiles differ` : undefined,
      };
    });
  } finally {
    await server.stop();
  }
}
