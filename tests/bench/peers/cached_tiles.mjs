#!/usr/bin/env node
// A cached tile over HTTP beside the same gzipped bytes as a file of nginx: 32 keep-alive connections of wrk, both servers up at the same time and
// measured in turns, so that whatever else the machine does meets both.
// usage: node tests/bench/peers/cached_tiles.mjs [--quick]      KEYAKI: the program (build/release/server/keyaki)
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

const runFile = promisify(execFile);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

const connections = 32;
const sizesKb = [1, 5, 20, 50];
const probeFeatures = 400;
const tile = { z: 14, x: 14540, y: 6445 };

/** mulberry32: the same tiles in every run. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Points within the tile, with a name and a kind each, as a city's shops are. */
function pointsInTile(count, random) {
  const side = 2 ** tile.z;
  const lonOf = (x) => (x / side) * 360 - 180;
  const latOf = (y) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / side))) * 180) / Math.PI;
  const within = () => 0.02 + 0.96 * random();
  const features = [];
  for (let number = 0; number < count; ++number) {
    features.push({
      type: 'Feature',
      properties: { shop: number, name: `Shop ${Math.floor(random() * 1e6)}`, kind: ['bakery', 'books', 'cafe', 'clinic'][Math.floor(random() * 4)] },
      geometry: { type: 'Point', coordinates: [lonOf(tile.x + within()), latOf(tile.y + within())] },
    });
  }
  return JSON.stringify({ type: 'FeatureCollection', features });
}

async function importLayer(keyaki, scratch, name, count) {
  const file = path.join(scratch, `${name}.geojson`);
  fs.writeFileSync(file, pointsInTile(count, randomNumbers(count)));
  await runFile(keyaki, ['import', 'layer', name, file, '--database', path.join(scratch, 'city.sqlite'), '--key', 'shop', '--publish', '--progress', 'none']);
}

/** What is answered to a client that takes gzip, as it came over the wire. */
async function fetchGzip(url) {
  const [response] = await once(http.get(url, { headers: { 'Accept-Encoding': 'gzip' }, agent: false }), 'response');
  const pieces = [];
  for await (const piece of response) {
    pieces.push(piece);
  }
  if (response.statusCode !== 200 || response.headers['content-encoding'] !== 'gzip') {
    throw new Error(`${url}: expected 200 with gzip, found ${response.statusCode} with ${response.headers['content-encoding'] ?? 'no coding'}`);
  }
  return Buffer.concat(pieces);
}

async function startKeyaki(keyaki, scratch) {
  const server = spawn(keyaki, ['serve', '--database', path.join(scratch, 'city.sqlite'), '--listen', '127.0.0.1:0'],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, KEYAKI_ACCESS_LOG: 'false' } }); // as nginx below
  for await (const line of readline.createInterface({ input: server.stdout })) {
    const address = /http:\/\/[^\s/]+/.exec(line)?.[0];
    if (address) {
      return { process: server, address };
    }
  }
  throw new Error(`${keyaki} serve ended without an address`);
}

async function freePort() {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

/** nginx as it is set up to be fast with files: the gzip lies there already, descriptors stay open, the kernel sends, nothing is logged. */
function nginxConfiguration(folder, port) {
  return `
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 2;
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 1024; multi_accept on; }
http {
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  types { application/vnd.mapbox-vector-tile mvt; }
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 75s;
  keepalive_requests 1000000000;
  open_file_cache max=1000 inactive=300s;
  open_file_cache_valid 300s;
  server {
    listen 127.0.0.1:${port} backlog=1024;
    root ${folder}/files;
    gzip_static on;
    gzip_vary on;
    add_header Cache-Control "public, max-age=60";
    add_header Access-Control-Allow-Origin "*";
  }
}
`;
}

/** Ends a process that this program started, and waits until it has gone. */
async function end(child, signal) {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
}

async function startNginx(folder, files) {
  fs.mkdirSync(path.join(folder, 'files'), { recursive: true });
  for (const [name, gzipped] of files) {
    fs.writeFileSync(path.join(folder, 'files', `${name}.mvt`), gunzipSync(gzipped));
    fs.writeFileSync(path.join(folder, 'files', `${name}.mvt.gz`), gzipped);
  }
  const port = await freePort();
  const configuration = path.join(folder, 'nginx.conf');
  fs.writeFileSync(configuration, nginxConfiguration(folder, port));
  const server = spawn('nginx', ['-p', folder, '-c', configuration, '-e', path.join(folder, 'error.log')],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
  let failure;
  server.on('error', (error) => { failure = error; });
  const address = `http://127.0.0.1:${port}`;
  const [first] = files.keys();
  for (const deadline = Date.now() + 10000; ;) {
    try {
      await fetchGzip(`${address}/${first}.mvt`);
      return { process: server, address };
    } catch (error) {
      if (failure || server.exitCode !== null || Date.now() > deadline) {
        await end(server, 'SIGTERM').catch(() => {});
        throw new Error(`nginx does not serve (Debian's nginx-light is needed): ${failure?.message ?? error.message}`);
      }
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  }
}

const milliseconds = { us: 1e-3, ms: 1, s: 1e3, m: 6e4 };

/** One round of wrk: requests a second and the 99th percentile in milliseconds. */
async function load(url, seconds) {
  const { stdout } = await runFile('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-H', 'Accept-Encoding: gzip', url]);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout);
  const slowest = /99%\s+([\d.]+)(us|ms|s|m)/.exec(stdout);
  if (!rate || !slowest || /Non-2xx|Socket errors/.test(stdout)) {
    throw new Error(`wrk on ${url} did not end well:\n${stdout}`);
  }
  return { rate: Number(rate[1]), p99: Number(slowest[1]) * milliseconds[slowest[2]] };
}

/** Ours and the peer's, the one that begins taking turns. */
async function measureTile(urls, rounds, seconds) {
  const measured = [];
  for (let round = 0; round < rounds; ++round) {
    const order = round % 2 === 0 ? ['ours', 'peer'] : ['peer', 'ours'];
    const one = {};
    for (const who of order) {
      one[who] = await load(urls[who], seconds);
    }
    measured.push(one);
  }
  return measured;
}

/** Layers whose tile has about the wanted gzipped sizes, by the bytes that a feature takes in a first one. */
async function makeTiles(keyaki, scratch) {
  await importLayer(keyaki, scratch, 'probe', probeFeatures);
  const server = await startKeyaki(keyaki, scratch);
  let bytesPerFeature;
  try {
    bytesPerFeature = (await fetchGzip(`${server.address}/tiles/probe/${tile.z}/${tile.x}/${tile.y}.mvt`)).length / probeFeatures;
  } finally {
    await end(server.process, 'SIGTERM');
  }
  for (const size of sizesKb) {
    await importLayer(keyaki, scratch, `shops_${size}`, Math.max(1, Math.round((size * 1024) / bytesPerFeature)));
  }
}

/**
 * Rows { name, unit, higher_is_better, rounds: [{ ours, peer }, …] } of requests a second and of the 99th percentile, for each size of tile.
 * The tiles are made here, in sizes that a city's tiles have, whatever other inputs there are. `keyaki`: the program; `scratch`: an empty folder.
 */
export async function measure({ keyaki, scratch, quick = false, log = () => {} }) {
  const rounds = quick ? 3 : 5;
  const seconds = quick ? 1 : 3;
  await makeTiles(keyaki, scratch);
  const ours = await startKeyaki(keyaki, scratch);
  let peer;
  try {
    const ourUrl = (size) => `${ours.address}/tiles/shops_${size}/${tile.z}/${tile.x}/${tile.y}.mvt`;
    const files = new Map();
    for (const size of sizesKb) {
      files.set(`shops_${size}`, await fetchGzip(ourUrl(size)));
    }
    const nginxFolder = path.join(scratch, 'nginx');
    peer = await startNginx(nginxFolder, files);
    const rows = [];
    for (const size of sizesKb) {
      const gzipped = files.get(`shops_${size}`);
      const urls = { ours: ourUrl(size), peer: `${peer.address}/shops_${size}.mvt` };
      if (!gzipped.equals(await fetchGzip(urls.peer))) {
        throw new Error(`nginx gives other bytes than keyaki for the tile of ${size} KB`);
      }
      const kilobytes = (gzipped.length / 1024).toFixed(1);
      log(`cached tile of ${kilobytes} KB …`);
      await load(urls.ours, 1);
      await load(urls.peer, 1);
      const measured = await measureTile(urls, rounds, seconds);
      const row = (what, unit, higherIsBetter, value) => ({
        name: `cached tile of ${kilobytes} KB, ${what}`, unit, higher_is_better: higherIsBetter,
        rounds: measured.map((round) => ({ ours: value(round.ours), peer: value(round.peer) })),
      });
      rows.push(row('requests', '1/s', true, (one) => one.rate), row('99th percentile', 'ms', false, (one) => one.p99));
    }
    return rows;
  } finally {
    await end(ours.process, 'SIGTERM');
    if (peer) {
      await end(peer.process, 'SIGTERM');
    }
  }
}

async function main() {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'keyaki-cached-tiles-'));
  try {
    const keyaki = process.env.KEYAKI ?? path.join(root, 'build/release/server/keyaki');
    const rows = await measure({ keyaki, scratch, quick: process.argv.includes('--quick'), log: console.error });
    for (const { name, unit, rounds } of rows) {
      const ratios = rounds.map((round) => round.ours / round.peer).sort((a, b) => a - b);
      const figures = rounds.map((round) => `${round.ours.toPrecision(4)}/${round.peer.toPrecision(4)}`).join(' ');
      const [least, middle, most] = [ratios[0], ratios[ratios.length >> 1], ratios.at(-1)].map((ratio) => ratio.toFixed(2));
      console.log(`${name} (${unit}): ours/nginx ${least} ${middle} ${most}   ${figures}`);
    }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main();
}
