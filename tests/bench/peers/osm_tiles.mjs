// Seconds and memory from an OpenStreetMap extract to tiles z0–14, beside tilemaker with the configuration and rules that Debian ships with it.
// The two do not draw the same: tilemaker makes an MBTiles file after OpenMapTiles, ours is a database with published layers and a folder of tiles in
// which every layer has its own zooms. So nothing is promised here; it says what a city waits for.
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { breath, measureProgram } from '../support/processes.mjs';

export const needs_inputs = false;
export const needs_shared_data = true;

/** The larger collection of extracts is none that tilemaker 2.2 reads: it ends at the first node that a way names and the file lacks. */
const extracts = [{ name: 'neubrandenburg-2016.osm.pbf', megabytes: 1.7, rounds: 5 }];
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

function measureBoth(keyaki, file, scratch) {
  const folder = fs.mkdtempSync(path.join(scratch, 'osm-tiles-'));
  try {
    const database = ['--database', `${folder}/city.sqlite`, '--progress', 'none'];
    const imported = measureProgram(keyaki, ['import', 'osm', file, '--publish', ...database], folder);
    const built = measureProgram(keyaki, ['tiles', 'build', `${folder}/tiles`, '--zoom', '0-14', ...database], folder);
    const peer = measureProgram('tilemaker', ['--input', file, ...tilemakerWords(folder)], folder);
    const ours = { seconds: imported.seconds + built.seconds, memory_bytes: Math.max(imported.memory_bytes, built.memory_bytes) };
    return { ours, peer };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export async function measure({ keyaki, data, scratch, quick, log }) {
  const rows = [];
  for (const { name, megabytes, rounds } of extracts) {
    const file = path.join(data, 'osm/derived', name);
    const both = [];
    for (let round = 0; round < (quick ? 2 : rounds); ++round) {
      await breath();
      both.push(measureBoth(keyaki, file, scratch));
      const { ours, peer } = both[round];
      log(`${name}: ${ours.seconds.toFixed(2)} s and ${ours.memory_bytes >> 20} MiB, tilemaker ${peer.seconds} s and ${peer.memory_bytes >> 20} MiB`);
    }
    const row = (what, field, unit, scale) => ({
      name: `${megabytes} MB of OpenStreetMap to tiles, ${what}, beside tilemaker`, unit, higher_is_better: false,
      rounds: both.map((one) => ({ ours: one.ours[field] / scale, peer: one.peer[field] / scale })),
    });
    rows.push(row('time', 'seconds', 's', 1), row('memory', 'memory_bytes', 'MB', 1e6));
  }
  return rows;
}
