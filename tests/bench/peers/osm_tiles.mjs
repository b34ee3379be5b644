// Seconds, memory and bytes from an OpenStreetMap extract to tiles z0–14, beside tilemaker with the configuration and rules that Debian ships with it,
// and beside what reading and assembling takes with libosmium alone. The two do not draw the same: tilemaker's layers are OpenMapTiles', ours are
// Shortbread's, with addresses and every street name. Each archive of ours is checked tile by tile.
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { breath, measureProgram, run } from '../support/processes.mjs';

export const needs_inputs = false;
export const needs_shared_data = true;

/** Extracts of 0.6, 1.7 and 21 MB. The largest is none that tilemaker 2.2 reads: it ends at the first node that a way names and the file lacks. */
const extracts = [
  { file: 'osm/small/liechtenstein-2013.osm.pbf', megabytes: 0.6, rounds: 5, peer: true },
  { file: 'osm/derived/neubrandenburg-2016.osm.pbf', megabytes: 1.7, rounds: 5, peer: true },
  { file: 'osm/derived/merged-13-real-extracts-21MB.osm.pbf', megabytes: 21, rounds: 3, peer: false },
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

function measureRound({ keyaki, programs, scratch }, file, hasPeer) {
  const folder = fs.mkdtempSync(path.join(scratch, 'osm-tiles-'));
  try {
    const archive = `${folder}/ours.pmtiles`;
    const ours = measureProgram(keyaki, ['tiles', 'build', archive, '--from', file, '--progress', 'none'], folder);
    ours.bytes = fs.statSync(archive).size;
    const bound = JSON.parse(run(path.join(programs, 'keyaki_osm_bound'), [file])).seconds;
    if (!hasPeer) {
      return { ours, bound, peer: null };
    }
    const peer = measureProgram('tilemaker', ['--input', file, ...tilemakerWords(folder)], folder);
    peer.bytes = fs.statSync(`${folder}/tilemaker.mbtiles`).size;
    return { ours, bound, peer };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const shown = ({ seconds, memory_bytes: memory, bytes }) => `${seconds} s, ${memory >> 20} MiB, tiles of ${bytes} bytes`;

export async function measure(given) {
  const rows = [];
  for (const { file, megabytes, rounds, peer: hasPeer } of extracts) {
    const all = [];
    for (let round = 0; round < (given.quick ? 2 : rounds); ++round) {
      await breath();
      all.push(measureRound(given, path.join(given.data, file), hasPeer));
      const { ours, bound, peer } = all[round];
      given.log(`${path.basename(file)}: ${shown(ours)}; libosmium alone ${bound} s${peer ? `; tilemaker ${shown(peer)}` : ''}`);
    }
    const row = (what, field, unit, scale, needed) => ({
      name: `${megabytes} MB of OpenStreetMap to tiles, ${what}, beside tilemaker`, unit, higher_is_better: false,
      ...(hasPeer ? { needed } : {}),
      rounds: all.map(({ ours, peer }) => ({ ours: ours[field] / scale, peer: peer ? peer[field] / scale : null })),
    });
    rows.push(row('time', 'seconds', 's', 1, 3), row('memory', 'memory_bytes', 'MB', 1e6, 2), row('size', 'bytes', 'MB', 1e6, 1));
    rows.push({
      name: `${megabytes} MB of OpenStreetMap to tiles, time, beside reading and assembling alone (the bound)`, unit: 's', higher_is_better: false,
      rounds: all.map(({ ours, bound }) => ({ ours: ours.seconds, peer: bound })),
    });
  }
  return rows;
}
