// Reads tiles from a PMTiles archive of version 3, by its specification and by nothing of keyaki's: header, directories, Hilbert ids.
import { closeSync, openSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** The tile's number in the row of all tiles. */
function idOf(z, x, y) {
  let id = (4 ** z - 1) / 3;
  for (let side = 2 ** (z - 1); side >= 1; side /= 2) {
    const right = Math.floor(x / side) % 2;
    const lower = Math.floor(y / side) % 2;
    id += side * side * ((3 * right) ^ lower);
    if (lower === 0) {
      if (right === 1) [x, y] = [side - 1 - (x % side), side - 1 - (y % side)];
      [x, y] = [y % side, x % side];
    }
  }
  return id;
}

/** Columns of varints: ids as differences, run lengths, lengths, offsets or 0 for "behind the one before". */
function directoryOf(bytes) {
  let next = 0;
  const number = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[next++];
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  const entries = Array.from({ length: number() }, () => ({}));
  let id = 0;
  for (const entry of entries) entry.id = id += number();
  for (const entry of entries) entry.run = number();
  for (const entry of entries) entry.length = number();
  entries.forEach((entry, index) => {
    const offset = number();
    entry.offset = offset === 0 ? entries[index - 1].offset + entries[index - 1].length : offset - 1;
  });
  return entries;
}

export class Archive {
  constructor(path) {
    this.file = openSync(path);
    const header = this.#read(0, 127);
    const number = (at) => Number(header.readBigUInt64LE(at));
    if (header.toString("latin1", 0, 7) !== "PMTiles" || header[7] !== 3 || header[97] !== 2 || header[98] !== 2) {
      throw new Error(`expected a PMTiles archive of version 3 with gzip, found ${path}`);
    }
    this.leaves = number(40);
    this.tiles = number(56);
    this.root = directoryOf(gunzipSync(this.#read(number(8), number(16))));
  }

  close() {
    closeSync(this.file);
  }

  /** The unpacked tile, or null. */
  tile(z, x, y) {
    const id = idOf(z, x, y);
    for (let directory = this.root; ; ) {
      const entry = directory.findLast((one) => one.id <= id);
      if (entry === undefined || (entry.run > 0 && id >= entry.id + entry.run)) return null;
      if (entry.run > 0) return gunzipSync(this.#read(this.tiles + entry.offset, entry.length));
      directory = directoryOf(gunzipSync(this.#read(this.leaves + entry.offset, entry.length)));
    }
  }

  #read(offset, length) {
    const bytes = Buffer.alloc(length);
    readSync(this.file, bytes, 0, length, offset);
    return bytes;
  }
}
