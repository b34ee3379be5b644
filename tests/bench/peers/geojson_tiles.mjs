// Seconds, memory and bytes from a GeoJSON file to tiles z10–14, beside ogr2ogr's driver MVT, into an MBTiles archive and into a folder, whichever is
// quicker in that round; GDAL 3.6 writes no PMTiles. Ours holds what a published layer's tiles would. That both hold every feature is counted at z14.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { breath, measureProgram, run } from '../support/processes.mjs';

export const needs_inputs = true;

/** Points and buildings, then outlines of ten to twenty vertices and no points. */
const files = [
  { file: 'feat100k.geojson', what: '60,000 points and 40,000 polygons', features: 100_000, rounds: 5, needed: 10 },
  { file: 'fences100000.geojson', what: '100,000 polygons of some 14 vertices', features: 100_000, rounds: 3, needed: 10 },
];
const counter = path.join(path.dirname(fileURLToPath(import.meta.url)), '../support/distinct_features.py');
const countFeatures = (archive) => Number(run('python3', [counter, archive, '14', 'fid']));

function measurePeer(file, folder) {
  const words = ['-f', 'MVT', '-dsco', 'MINZOOM=10', '-dsco', 'MAXZOOM=14'];
  const archive = measureProgram('ogr2ogr', [...words, '-dsco', 'FORMAT=MBTILES', `${folder}/peer.mbtiles`, file], folder);
  archive.bytes = fs.statSync(`${folder}/peer.mbtiles`).size;
  const loose = measureProgram('ogr2ogr', [...words, '-dsco', 'FORMAT=DIRECTORY', `${folder}/peer`, file], folder);
  fs.rmSync(`${folder}/peer`, { recursive: true });
  return { ...(archive.seconds <= loose.seconds ? archive : loose), bytes: archive.bytes };
}

function measureRound({ keyaki, scratch }, file, features) {
  const folder = fs.mkdtempSync(path.join(scratch, 'geojson-tiles-'));
  try {
    const words = (archive) => ['tiles', 'build', archive, '--from', file, '--zoom', '10-14', '--progress', 'none'];
    const ours = measureProgram(keyaki, words(`${folder}/ours.pmtiles`), folder);
    ours.bytes = fs.statSync(`${folder}/ours.pmtiles`).size;
    const peer = measurePeer(file, folder);
    run(keyaki, words(`${folder}/ours.mbtiles`));
    const counts = [countFeatures(`${folder}/ours.mbtiles`), countFeatures(`${folder}/peer.mbtiles`)];
    if (counts.some((count) => count !== features)) {
      throw new Error(`expected ${features} features in the tiles of zoom 14, found ${counts[0]} in ours and ${counts[1]} in ogr2ogr's`);
    }
    return { ours, peer };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const shown = (side) => `${side.seconds} s, ${side.processor_seconds.toFixed(1)} s of processors, ${side.memory_bytes >> 20} MiB, ${side.bytes} bytes`;

export async function measure(given) {
  const rows = [];
  for (const { file, what, features, rounds, needed } of files) {
    const all = [];
    for (let round = 0; round < (given.quick ? 2 : rounds); ++round) {
      await breath();
      all.push(measureRound(given, path.join(given.inputs, file), features));
      given.log(`${file}: ${shown(all[round].ours)}; ogr2ogr ${shown(all[round].peer)}`);
    }
    const row = (name, field, unit, scale) => ({
      name: `GeoJSON of ${what} to tiles z10–14, ${name}, beside ogr2ogr`, unit, higher_is_better: false,
      rounds: all.map(({ ours, peer }) => ({ ours: ours[field] / scale, peer: peer[field] / scale })),
    });
    rows.push({ ...row('time', 'seconds', 's', 1), needed }, row('processor time', 'processor_seconds', 's', 1),
      row('memory of the largest process', 'memory_bytes', 'MB', 1e6), row('size', 'bytes', 'MB', 1e6));
  }
  return rows;
}
