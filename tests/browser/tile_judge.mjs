// Reads every tile of a folder {z}/{x}/{y}.mvt with @mapbox/vector-tile, the reader that maps on the web are built on, and looks at what it makes of
// them: a judge that shares no code with keyaki. Prints one JSON object: counts by zoom, and what is wrong.
// usage: node tile_judge.mjs FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VectorTile, classifyRings } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';

const kinds = ['unknown', 'points', 'lines', 'polygons'];
const problems = [];
const zooms = {};

const numbersIn = (folder) => readdirSync(folder).filter((name) => /^[0-9]+(\.mvt)?$/.test(name)).sort((a, b) => parseInt(a) - parseInt(b));

/** Twice the area by the surveyor's formula; the reader repeats the first position at a ring's end. */
function doubledArea(ring) {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; ++i) {
    sum += ring[i].x * ring[i + 1].y - ring[i + 1].x * ring[i].y;
  }
  return sum;
}

function judgePolygon(geometry, complain) {
  if (geometry.some((ring) => ring.length < 4 || doubledArea(ring) === 0)) {
    complain('a ring without area');
  }
  // The reader sorts rings into polygons by their winding alone: an exterior is clockwise on the screen, a hole runs against it.
  const polygons = classifyRings(geometry);
  const rings = polygons.reduce((sum, polygon) => sum + polygon.length, 0);
  if (rings !== geometry.length) {
    complain(`${geometry.length} rings, of which the reader keeps ${rings}`);
  }
  if (polygons.some((polygon) => doubledArea(polygon[0]) <= 0 || polygon.slice(1).some((hole) => doubledArea(hole) >= 0))) {
    complain('rings wound the wrong way');
  }
}

function judgeFeature(feature, extent, address, complain) {
  const geometry = feature.loadGeometry();
  if (geometry.length === 0 || geometry.some((path) => path.length === 0)) {
    complain('no geometry');
  }
  for (const { x, y } of geometry.flat()) {
    if (x < -extent / 4 || y < -extent / 4 || x > extent * 1.25 || y > extent * 1.25) {
      complain(`a position far outside of the tile: ${x} ${y}`);
      break;
    }
  }
  if (feature.type === 3) {
    judgePolygon(geometry, complain);
  }
  if (Object.values(feature.properties).some((value) => value === undefined || value === null)) {
    complain('a property without a value');
  }
  const [lon, lat] = feature.toGeoJSON(address.x, address.y, address.z).geometry.coordinates.flat(9);
  if (!Number.isFinite(lon) || !Number.isFinite(lat)) {
    complain('positions that are no numbers');
  }
}

function judgeTile(file, address) {
  const counts = zooms[address.z];
  counts.tiles += 1;
  const tile = new VectorTile(new PbfReader(readFileSync(file)));
  if (Object.keys(tile.layers).length === 0) {
    problems.push(`${file}: no layer`);
  }
  for (const layer of Object.values(tile.layers)) {
    for (let i = 0; i < layer.length; ++i) {
      const feature = layer.feature(i);
      counts.features += 1;
      counts[kinds[feature.type]] += 1;
      judgeFeature(feature, layer.extent, address, (what) => problems.push(`${file}: ${layer.name} ${i}: ${what}`));
    }
  }
}

const folder = process.argv[2];
for (const z of numbersIn(folder)) {
  zooms[z] = { tiles: 0, features: 0, unknown: 0, points: 0, lines: 0, polygons: 0 };
  for (const x of numbersIn(join(folder, z))) {
    for (const name of numbersIn(join(folder, z, x))) {
      const file = join(folder, z, x, name);
      try {
        judgeTile(file, { z: Number(z), x: Number(x), y: parseInt(name) });
      } catch (error) {
        problems.push(`${file}: ${error.message}`);
      }
    }
  }
}
console.log(JSON.stringify({ zooms, problems: problems.length, first_problems: problems.slice(0, 20) }));
