// Uncached tiles a second on one core beside PostGIS, z8 to z14, the same tiles, attributes, extent and buffer on both sides: of 100,000 polygons
// (support/buildings.mjs), and of the 100,000 points and polygons of bench-inputs.py.
//
// Ours: keyaki_tiles_bench, from the snapshot to the bytes. PostGIS': ST_AsMVT over one connection without parallel workers; the features are kept in
// the tiles' own projection, indexed, clustered and analysed, and only the length of each tile leaves the server, so that no time goes into sending.
// Two ways, of which the best counts in each round: one prepared statement a tile, and one statement for all tiles.
//
// Both sides are timed by the processor time of the one thread that works (of PostGIS' without that of psql, who asks): what else the machine does
// takes turns with them, and does not count for either.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { writeBuildings } from '../support/buildings.mjs';
import { breath, run } from '../support/processes.mjs';
import { startPostgres } from '../support/postgres.mjs';

export const needs_inputs = true;

const needed = 20;
/** Tiles of a round, from the beginning of each zoom's list: one to three seconds of PostGIS. */
const tilesOf = { 8: 8, 9: 20, 10: 60, 11: 200, 12: 600, 13: 1500, 14: 3000 };
const zooms = Object.keys(tilesOf).map(Number);
const listed = 3000;

const schema = (name) => `
CREATE DATABASE ${name};
\\connect ${name}
CREATE EXTENSION postgis;
CREATE TABLE loaded (fid bigint, name text, kind text, rank int, geometry text);
CREATE TABLE address (n serial PRIMARY KEY, zoom int, x int, y int);
`;

const arrange = (name) => `
CREATE TABLE feature AS SELECT fid, name, kind, rank, ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(geometry), 4326), 3857) AS geom FROM loaded;
CREATE INDEX feature_geom ON feature USING gist (geom);
CLUSTER feature USING feature_geom;
DROP TABLE loaded;
VACUUM ANALYZE;
-- One core, and each tile made each time: Memoize would keep those that the list names twice.
ALTER DATABASE ${name} SET max_parallel_workers_per_gather = 0;
ALTER DATABASE ${name} SET enable_memoize = off;
SELECT count(*) FROM feature;
`;

/** A tile as ours draws it: 4096 units a side, 64 units of buffer, the id and four attributes. */
const tile = (box, wider) => `SELECT ST_AsMVT(drawn, 'bench', 4096, 'geom', 'id') FROM (
  SELECT fid AS id, fid, name, kind, rank, ST_AsMVTGeom(geom, ${box}, 4096, 64, true) AS geom FROM feature WHERE geom && ${wider}) AS drawn`;
const prepared = tile('ST_TileEnvelope($1, $2, $3)', 'ST_TileEnvelope($1, $2, $3, margin => 64.0 / 4096)');
const lateral = tile('ST_TileEnvelope(zoom, x, y)', 'ST_TileEnvelope(zoom, x, y, margin => 64.0 / 4096)');

/** The first tiles of a zoom's list. The lists begin at z10; what lies above is taken from there, as keyaki_tiles_bench does. */
function addressesOf(inputs, zoom) {
  const above = Math.max(0, 10 - zoom);
  const lines = fs.readFileSync(path.join(inputs, `tiles_z${zoom + above}.txt`), 'utf8').trim().split('\n');
  if (lines.length !== listed) {
    throw new Error(`expected ${listed} addresses of zoom ${zoom + above}, found ${lines.length}`);
  }
  return lines.slice(0, tilesOf[zoom]).map((line) => line.split('/').slice(1).map((place) => Number(place) >> above));
}

async function load(server, database, inputs, features, scratch) {
  server.sql(schema(database));
  const rows = fs.createWriteStream(path.join(scratch, 'features.tsv'));
  for await (const line of readline.createInterface({ input: fs.createReadStream(features) })) {
    const { properties: { fid, name, kind, rank }, geometry } = JSON.parse(line);
    rows.write(`${fid}\t${name}\t${kind}\t${rank}\t${JSON.stringify(geometry)}\n`);
  }
  await new Promise((resolve) => { rows.end(resolve); });
  server.copy('loaded', path.join(scratch, 'features.tsv'), database);
  const addresses = zooms.flatMap((zoom) => addressesOf(inputs, zoom).map(([x, y]) => `${zoom}\t${x}\t${y}\n`));
  fs.writeFileSync(path.join(scratch, 'addresses.tsv'), addresses.join(''));
  server.copy('address (zoom, x, y)', path.join(scratch, 'addresses.tsv'), database);
  const count = server.sql(arrange(database), database);
  if (count !== '100000') {
    throw new Error(`expected 100000 features, found ${count}`);
  }
}

/** Ours, tiles a second of processor time: { plain, gzip }. */
function measureOurs(programs, inputs, features, scratch, zoom, seconds) {
  const file = path.join(scratch, 'tiles.json');
  run(path.join(programs, 'keyaki_tiles_bench'),
    [`--features=${features}`, `--tiles=${tilesOf[zoom]}`, `--benchmark_filter=^build_tiles/.*/${zoom}$`, `--benchmark_min_time=${seconds}`,
      `--benchmark_out=${file}`], { env: { ...process.env, KEYAKI_BENCH_INPUTS: inputs } });
  return Object.fromEntries(JSON.parse(fs.readFileSync(file, 'utf8')).benchmarks.map((one) => [one.name.split('/')[1], one.items_per_second]));
}

/** Runs statements and gives tiles a second of processor time that the server's process took for them: Linux counts it in nanoseconds. */
function measureStatements(server, database, prepare, statements, tiles) {
  const spent = "SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)";
  const said = server.sql(`${prepare}\n${spent};\n${statements}\n${spent};`, database).split('\n').map(Number);
  const lengths = said.slice(1, -1);
  const seconds = (said.at(-1) - said[0]) / 1e9;
  if (!(lengths.reduce((sum, length) => sum + length, 0) > 0 && seconds > 0)) {
    throw new Error(`PostGIS gave no tiles: ${said.slice(0, 5)}`);
  }
  return tiles / seconds;
}

/** PostGIS', tiles a second: { prepared, many }. Each way has drawn a tile before it is timed. */
function measurePeer(server, database, zoom, addresses) {
  const executed = addresses.map(([x, y]) => `EXECUTE one(${zoom}, ${x}, ${y});`);
  return {
    prepared: measureStatements(server, database,
      `PREPARE one(int, int, int) AS SELECT octet_length((${prepared}));\n\\o /dev/null\n${executed[0]}\n\\o`, executed.join('\n'), addresses.length),
    many: measureStatements(server, database, `\\o /dev/null\nSELECT octet_length((${tile('ST_TileEnvelope(14, 8600, 5700)', 'ST_TileEnvelope(14, 8600, 5700)')}));\n\\o`,
      `SELECT sum(octet_length(made)) FROM (SELECT zoom, x, y FROM address WHERE zoom = ${zoom} ORDER BY n) AS a, LATERAL (${lateral}) AS t(made);`,
      addresses.length),
  };
}

/** Features in the tiles of each zoom, ours and PostGIS'. */
function compareCounts(server, database, programs, inputs, features) {
  const ours = new Map();
  const words = (zoom) => [`--features=${features}`, `--tiles=${tilesOf[zoom]}`, `--feature-counts=${zoom}`];
  for (const zoom of zooms) {
    const said = run(path.join(programs, 'keyaki_tiles_bench'), words(zoom), { env: { ...process.env, KEYAKI_BENCH_INPUTS: inputs } });
    said.trim().split('\n').map((line) => line.split(' ')).forEach(([address, count]) => ours.set(address, Number(count)));
  }
  const theirs = server.sql(`SELECT zoom || '/' || x || '/' || y, count(ST_AsMVTGeom(geom, ST_TileEnvelope(zoom, x, y), 4096, 64, true))
    FROM (SELECT DISTINCT zoom, x, y FROM address) AS a JOIN feature ON geom && ST_TileEnvelope(zoom, x, y, margin => 64.0 / 4096) GROUP BY 1`, database);
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

/** One set of features: a row for each zoom, without gzip as PostGIS gives its tiles, and with it as the server sends ours. */
async function measureSet(server, { database, features }, { programs, inputs, scratch, quick, log }) {
  await load(server, database, inputs, features, scratch);
  const counts = compareCounts(server, database, programs, inputs, features);
  log(`features in the tiles: ${JSON.stringify(counts)}`);
  const rows = new Map(zooms.flatMap((zoom) => ['plain', 'gzip'].map((kind) => [`${kind}/${zoom}`, []])));
  for (let round = 0; round < (quick ? 2 : 5); ++round) {
    for (const zoom of zooms) {
      await breath();
      const ours = measureOurs(programs, inputs, features, scratch, zoom, quick ? 0.3 : 0.8);
      const ways = measurePeer(server, database, zoom, addressesOf(inputs, zoom));
      for (const kind of ['plain', 'gzip']) {
        rows.get(`${kind}/${zoom}`).push({ ours: ours[kind], peer: Math.max(ways.prepared, ways.many), ways });
      }
      log(`z${zoom}: ${ours.plain.toFixed(0)} a second, PostGIS ${ways.prepared.toFixed(0)} by prepared statements, ${ways.many.toFixed(0)} at once`);
    }
  }
  return [...rows].map(([key, rounds]) => {
    const [kind, zoom] = key.split('/');
    const { tiles, ours, peer, different_tiles: different } = counts[zoom];
    return {
      name: `uncached tiles z${zoom} of 100,000 ${database}${kind === 'gzip' ? ' with gzip' : ''}, beside PostGIS`, unit: 'a second and core',
      higher_is_better: true, needed: kind === 'plain' ? needed : undefined, rounds,
      note: kind === 'plain' ? `features in ${tiles} tiles: ${ours}, PostGIS ${peer}; ${different} tiles differ` : undefined,
    };
  });
}

export async function measure(options) {
  const { inputs, scratch } = options;
  const buildings = path.join(scratch, 'buildings.geojsonseq');
  await writeBuildings(inputs, buildings);
  const sets = [{ database: 'polygons', features: buildings }, { database: 'features', features: path.join(inputs, 'feat100k.geojsonseq') }];
  const server = await startPostgres(scratch);
  try {
    const rows = [];
    for (const set of sets) {
      rows.push(...await measureSet(server, set, options));
    }
    return rows;
  } finally {
    await server.stop();
  }
}
