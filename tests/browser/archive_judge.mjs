// Reads a PMTiles archive with the reader of those who made the format, and holds it against a folder of the same tiles: a judge that shares no code
// with keyaki. Prints one JSON object: the header as it reads it, and how many tiles differ.
// usage: node archive_judge.mjs ARCHIVE FOLDER
import fs from 'node:fs';
import path from 'node:path';
import { FileSource } from './file_source.mjs';
import { PMTiles } from 'pmtiles';

const [archivePath, folder] = process.argv.slice(2);
const archive = new PMTiles(new FileSource(archivePath));
const header = await archive.getHeader();
const metadata = await archive.getMetadata();

const files = fs
  .readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.mvt'))
  .map((name) => name.slice(0, -'.mvt'.length).split(path.sep).map(Number));
const known = new Set(files.map((address) => address.join('/')));
const result = { tiles: 0, different: 0, invented: 0, header, layers: metadata.vector_layers.map((layer) => layer.id) };
for (const [z, x, y] of files) {
  ++result.tiles;
  const found = await archive.getZxy(z, x, y);
  const expected = fs.readFileSync(path.join(folder, String(z), String(x), `${y}.mvt`));
  if (!found || Buffer.compare(Buffer.from(found.data), expected) !== 0) {
    ++result.different;
  }
  const beside = [z, x, (y + 1) % 2 ** z];
  if (!known.has(beside.join('/')) && (await archive.getZxy(...beside))) {
    ++result.invented;
  }
}
console.log(JSON.stringify(result));
