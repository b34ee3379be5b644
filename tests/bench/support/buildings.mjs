// 100,000 polygons, the same each time: the features of bench-inputs.py with a building around each point, as its own polygons are.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

/** Numbers from 0 to below 1: a linear congruential generator (Knuth, 3.3.4). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** A ring of 4 to 12 corners, 10 to 60 m around its middle give or take a quarter. */
function building([lon, lat], random) {
  const corners = 4 + Math.floor(random() * 9);
  const radius_m = 10 + random() * 50;
  const turned = random() * 2 * Math.PI;
  const ring = Array.from({ length: corners }, (_, corner) => {
    const angle = turned + (2 * Math.PI * corner) / corners;
    const degrees = (radius_m * (0.75 + random() / 2)) / 111320;
    const seven = (value) => Number(value.toFixed(7));
    return [seven(lon + (degrees * Math.cos(angle)) / Math.cos((lat * Math.PI) / 180)), seven(lat + degrees * Math.sin(angle))];
  });
  return { type: 'Polygon', coordinates: [[...ring, ring[0]]] };
}

/** Writes them to `file` as GeoJSON, one a line. */
export async function writeBuildings(inputs, file) {
  const random = numbers(20261126);
  const out = fs.createWriteStream(file);
  for await (const line of readline.createInterface({ input: fs.createReadStream(path.join(inputs, 'feat100k.geojsonseq')) })) {
    const feature = JSON.parse(line);
    if (feature.geometry.type === 'Point') {
      feature.geometry = building(feature.geometry.coordinates, random);
    }
    if (!out.write(`${JSON.stringify(feature)}\n`)) {
      await new Promise((resolve) => { out.once('drain', resolve); });
    }
  }
  await new Promise((resolve) => { out.end(resolve); });
}
