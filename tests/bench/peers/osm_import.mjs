// Seconds and memory of importing an OpenStreetMap extract into a SpatiaLite database, beside ogr2ogr. Both read all of the file and leave tables with
// a spatial index. Ours once more with publishing a revision of each layer, after which it is served.
import fs from 'node:fs';
import path from 'node:path';
import { breath, measureProgram } from '../support/processes.mjs';

export const needs_inputs = false;
export const needs_shared_data = true;

const extracts = [
  { name: 'neubrandenburg-2016.osm.pbf', megabytes: 1.7, rounds: 7 },
  { name: 'merged-13-real-extracts-21MB.osm.pbf', megabytes: 21, rounds: 3 },
];

function measureBoth(keyaki, file, scratch) {
  const folder = fs.mkdtempSync(path.join(scratch, 'osm-'));
  try {
    const words = ['import', 'osm', file, '--progress', 'none', '--database'];
    const ours = measureProgram(keyaki, [...words, `${folder}/ours.sqlite`], folder);
    const peer = measureProgram('ogr2ogr', ['-f', 'SQLite', '-dsco', 'SPATIALITE=YES', `${folder}/ogr.sqlite`, file], folder);
    const published = measureProgram(keyaki, [...words, `${folder}/published.sqlite`, '--publish'], folder);
    return { ours, peer, published };
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
      const { ours, peer, published } = both[round];
      log(`${name}: ${ours.seconds} s (published: ${published.seconds}) and ${ours.memory_bytes >> 20} MiB, ogr2ogr ${peer.seconds} s and ${peer.memory_bytes >> 20} MiB`);
    }
    const row = (what, field, unit, scale, kind = 'ours') => ({
      name: `import of ${megabytes} MB of OpenStreetMap, ${what}, beside ogr2ogr`, unit, higher_is_better: false,
      rounds: both.map((one) => ({ ours: one[kind][field] / scale, peer: one.peer[field] / scale })),
    });
    rows.push({ ...row('time', 'seconds', 's', 1), needed: 1 }, row('time with publishing', 'seconds', 's', 1, 'published'),
      row('memory', 'memory_bytes', 'MB', 1e6));
  }
  return rows;
}
