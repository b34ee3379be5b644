// Seconds, memory and bytes from an OpenStreetMap extract to tiles z0–14, beside tilemaker with the configuration and rules that Debian ships with it,
// beside ogr2ogr with the layers that its driver of OpenStreetMap files has (points, lines, areas; everything at every zoom), and beside what reading
// and assembling takes with libosmium alone. No two draw the same: tilemaker's layers are OpenMapTiles', ours are Shortbread's, with addresses and
// every street name. Each archive of ours is checked whole.
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { breath, measureProgram, run } from '../support/processes.mjs';

export const needs_inputs = false;
export const needs_shared_data = true;

const merged = 'osm/derived/merged-13-real-extracts-21MB.osm.pbf';

/** Porto and Andorra of the thirteen extracts. */
function cutFive(data, folder) {
  run('osmium', ['extract', '--bbox', '-9,40,2,43', '--output', `${folder}/five.osm.pbf`, path.join(data, merged)]);
  return `${folder}/five.osm.pbf`;
}

/** Without the ways that name nodes which the file lacks or have fewer than two, 481 of 265,608: tilemaker 2.2 ends at the first of either kind. */
function makeWhole(data, folder) {
  const missing = run('sh', ['-c', 'osmium check-refs --show-ids "$1" 2>/dev/null || true', 'sh', path.join(data, merged)]);
  const lines = run('osmium', ['cat', '--object-type', 'way', '--output-format', 'opl,add_metadata=false', path.join(data, merged)]);
  const short = lines.match(/^w\d+(?= .*N(n\d+)?$)/gm);
  fs.writeFileSync(`${folder}/ways`, `${[...new Set([...missing.match(/w\d+$/gm), ...short])].join('\n')}\n`);
  run('osmium', ['removeid', '--id-file', `${folder}/ways`, '--output', `${folder}/whole.osm.pbf`, path.join(data, merged)]);
  return `${folder}/whole.osm.pbf`;
}

const extracts = [
  { megabytes: 0.6, make: (data) => path.join(data, 'osm/small/liechtenstein-2013.osm.pbf'), rounds: 5, ogr_rounds: 5 },
  { megabytes: 1.7, make: (data) => path.join(data, 'osm/derived/neubrandenburg-2016.osm.pbf'), rounds: 5, ogr_rounds: 5 },
  { megabytes: 5, make: cutFive, rounds: 3, ogr_rounds: 2 },
  { megabytes: 21, make: makeWhole, rounds: 3, ogr_rounds: 1 },
];
const shipped = '/usr/share/doc/tilemaker/examples';

/** Debian packs long examples. */
function readExample(name) {
  const plain = path.join(shipped, name);
  return fs.existsSync(plain) ? fs.readFileSync(plain) : gunzipSync(fs.readFileSync(`${plain}.gz`));
}

/** Without the oceans and landscapes of the world, which are files of their own that neither side has. */
function tilemakerWords(folder) {
  const config = JSON.parse(readExample('config-openmaptiles.json'));
  config.layers = Object.fromEntries(Object.entries(config.layers).filter(([, layer]) => !layer.source));
  fs.writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  fs.writeFileSync(path.join(folder, 'process.lua'), readExample('process-openmaptiles.lua'));
  return ['--output', `${folder}/tilemaker.mbtiles`, '--config', `${folder}/config.json`, '--process', `${folder}/process.lua`];
}

/** Into one archive, which is its quicker way. */
function measureOgr(file, folder) {
  const words = ['-f', 'MVT', '-dsco', 'FORMAT=MBTILES', '-dsco', 'MINZOOM=0', '-dsco', 'MAXZOOM=14'];
  const ogr = measureProgram('ogr2ogr', [...words, `${folder}/ogr.mbtiles`, file, 'points', 'lines', 'multipolygons'], folder);
  return { ...ogr, bytes: fs.statSync(`${folder}/ogr.mbtiles`).size };
}

function measureRound({ keyaki, programs, scratch }, file, withOgr) {
  const folder = fs.mkdtempSync(path.join(scratch, 'osm-tiles-'));
  try {
    const archive = `${folder}/ours.pmtiles`;
    const ours = measureProgram(keyaki, ['tiles', 'build', archive, '--from', file, '--progress', 'none'], folder);
    ours.bytes = fs.statSync(archive).size;
    const bound = JSON.parse(run(path.join(programs, 'keyaki_osm_bound'), [file])).seconds;
    const tilemaker = measureProgram('tilemaker', ['--input', file, ...tilemakerWords(folder)], folder);
    tilemaker.bytes = fs.statSync(`${folder}/tilemaker.mbtiles`).size;
    const ogr = withOgr ? measureOgr(file, folder) : null; // minutes, for the largest
    run(keyaki, ['tiles', 'verify', archive, '--progress', 'none']);
    return { ours, bound, tilemaker, ogr };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const shown = ({ seconds, processor_seconds: busy, memory_bytes: memory, bytes }) =>
  `${seconds} s, ${busy.toFixed(1)} s of processors, ${memory >> 20} MiB, tiles of ${bytes} bytes`;

function rowsOf(megabytes, all) {
  const row = (what, field, unit, scale, peer, needed) => ({
    name: `${megabytes} MB of OpenStreetMap to tiles, ${what}, beside ${peer === 'ogr' ? 'ogr2ogr' : peer}`, unit, higher_is_better: false, needed,
    rounds: all.map((round) => ({ ours: round.ours[field] / scale, peer: round[peer] ? round[peer][field] / scale : null })),
  });
  const share = Math.round(100 * all.reduce((sum, { ours, bound }) => sum + bound / ours.seconds, 0) / all.length);
  return [
    row('time', 'seconds', 's', 1, 'tilemaker', 3), row('processor time', 'processor_seconds', 's', 1, 'tilemaker'),
    row('memory', 'memory_bytes', 'MB', 1e6, 'tilemaker', 2), row('size', 'bytes', 'MB', 1e6, 'tilemaker', 1),
    row('time', 'seconds', 's', 1, 'ogr'), row('processor time', 'processor_seconds', 's', 1, 'ogr'), row('memory', 'memory_bytes', 'MB', 1e6, 'ogr'),
    {
      name: `${megabytes} MB of OpenStreetMap to tiles, time, beside reading and assembling alone (the bound)`, unit: 's', higher_is_better: false,
      rounds: all.map(({ ours, bound }) => ({ ours: ours.seconds, peer: bound })),
      note: `libosmium alone, on its threads, takes ${share} % of that time`,
    },
  ];
}

export async function measure(given) {
  const rows = [];
  for (const { megabytes, make, rounds, ogr_rounds: ogrRounds } of extracts) {
    const folder = fs.mkdtempSync(path.join(given.scratch, 'extract-'));
    const file = make(given.data, folder);
    const all = [];
    for (let round = 0; round < (given.quick ? 2 : rounds); ++round) {
      await breath();
      all.push(measureRound(given, file, round < ogrRounds));
      const { ours, bound, tilemaker, ogr } = all[round];
      given.log(`${megabytes} MB: ${shown(ours)}; libosmium alone ${bound} s; tilemaker ${shown(tilemaker)}${ogr ? `; ogr2ogr ${shown(ogr)}` : ''}`);
    }
    rows.push(...rowsOf(megabytes, all));
    fs.rmSync(folder, { recursive: true });
  }
  return rows;
}
