// A file on the disk, as the npm package pmtiles reads its archives from.
import fs from 'node:fs';

export class FileSource {
  constructor(file) {
    this.file = file;
    this.descriptor = fs.openSync(file);
  }
  getKey() {
    return this.file;
  }
  async getBytes(offset, length) {
    const bytes = new Uint8Array(length);
    const read = fs.readSync(this.descriptor, bytes, 0, length, offset);
    return { data: bytes.buffer.slice(0, read) };
  }
}
