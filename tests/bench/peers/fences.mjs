// Fences a second over the network beside Redis: "in which of 10,000 fences is this position?"
//
// Ours answers with the probability of being inside of each polygon, for a reported accuracy of 20 m, as JSON over HTTP (wrk, keep-alive). Redis's
// GEOSEARCH … BYRADIUS answers which of the fences' centres lie within a radius that finds as many (215 m), without accuracy, area or probability,
// by its own protocol (redis-benchmark, the same numbers of connections). Batches: 100 positions in one of our questions, 100 of Redis's commands in
// one pipeline. Redis gets another one of the positions in each round and asks for it again and again, so it finds it in the processor's caches; ours
// goes through all 20,000. Rounds alternate. Runs with Node.js 18 without packages: node tests/bench/peers/fences.mjs
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, run } from '../support/processes.mjs';

export const needs_inputs = true;

const here = path.dirname(fileURLToPath(import.meta.url));
const radius_m = 215;
const inOneBatch = 100;

const cases = [
  { name: 'fences of single positions, 32 connections', connections: 32, positions: 1 },
  { name: 'fences of single positions, 50 connections', connections: 50, positions: 1 },
  { name: 'fences of positions in batches of 100, 32 connections', connections: 32, positions: inOneBatch },
  { name: 'fences of positions in batches of 100, 50 connections', connections: 50, positions: inOneBatch },
];

/** Starts a program that goes on running, and waits until what it says matches; `end()` ends it by its pid. */
async function start(program, words, pattern) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const atExit = () => child.kill('SIGKILL');
  process.on('exit', atExit);
  let said = '';
  const ended = new Promise((resolve) => { child.once('close', resolve); });
  const match = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${program} did not say within 30 s that it is ready: ${said.slice(-300)}`)), 30_000);
    const listen = (text) => {
      said = (said + text).slice(-10_000);
      const found = pattern.exec(said);
      if (found) {
        clearTimeout(timer);
        resolve(found);
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('error', reject);
    child.once('close', (status) => reject(new Error(`${program} ended with ${status}: ${said.slice(-300)}`)));
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    match,
    async end() {
      child.kill('SIGTERM');
      await ended;
      process.off('exit', atExit);
    },
  };
}

/** One command to Redis; errors are thrown, other answers given as text. */
function ask(port, commands) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    let said = '';
    socket.on('data', (text) => { said += text; });
    socket.on('error', reject);
    socket.on('close', () => (said.startsWith('-') ? reject(new Error(`Redis: ${said.trim()}`)) : resolve(said)));
    for (const words of [...commands, ['QUIT']]) {
      socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    }
  });
}

async function startRedis(inputs) {
  const port = await freePort();
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no'];
  const redis = await start('redis-server', words, /Ready to accept connections/);
  const centres = fs.readFileSync(path.join(inputs, 'fences10000.tsv'), 'utf8').trim().split('\n').map((line) => line.split('\t'));
  await ask(port, centres.map(([id, lon, lat]) => ['GEOADD', 'fences', lon, lat, id]));
  return { port, end: redis.end };
}

async function startKeyaki(keyaki, inputs, folder) {
  const database = path.join(folder, 'fences.sqlite');
  run(keyaki, ['import', 'layer', 'fences', path.join(inputs, 'fences10000.geojson'), '--key', 'fid', '--publish', '--message', 'bench', '--database', database]);
  const server = await start(keyaki, ['serve', '--database', database, '--listen', '127.0.0.1:0'], /at (http:\/\/[^\s/]+)/);
  return { address: server.match[1], end: server.end };
}

/** Positions a second, answered by ours. */
function measureOurs(address, inputs, one, seconds) {
  const words = ['-t', '1', '-c', String(one.connections), '-d', `${seconds}s`, '-s', path.join(here, 'fences.lua'), address, '--',
    path.join(inputs, 'checkins10000.tsv'), String(one.positions)];
  const found = /answers (\d+) seconds ([\d.]+) refused (\d+) broken (\d+)/.exec(run('wrk', words));
  const [answers, duration, refused, broken] = found.slice(1).map(Number);
  if (refused + broken > 0 || answers === 0) {
    throw new Error(`of ${answers} answers ${refused} were refusals, and ${broken} requests broke`);
  }
  return (answers * one.positions) / duration;
}

/** Positions a second, answered by Redis; runs for about as long as ours. */
function measureRedis(port, one, [lon, lat], seconds) {
  const benchmark = (requests) => {
    const words = ['-p', String(port), '-c', String(one.connections), '-n', String(requests), '-P', String(one.positions), '--csv',
      'GEOSEARCH', 'fences', 'FROMLONLAT', lon, lat, 'BYRADIUS', String(radius_m), 'm'];
    const line = run('redis-benchmark', words).trim().split('\n').pop();
    return Number(line.split('","')[1].replace(/"/g, ''));
  };
  const rate = benchmark(20_000);
  return benchmark(Math.max(20_000, Math.round(rate * seconds)));
}

/** Fences that ours and Redis find on average, so that the reader sees that both do as much. */
async function countFound(address, port, positions) {
  const body = JSON.stringify({ platform: 'android', positions: positions.map(([lon, lat]) => ({ lon: Number(lon), lat: Number(lat), accuracy_m: 20 })) });
  const answer = await fetch(`${address}/collections/fences/fences`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  if (!answer.ok) {
    throw new Error(`keyaki answered ${answer.status}: ${await answer.text()}`);
  }
  const ours = (await answer.json()).positions.reduce((sum, one) => sum + one.fences.length, 0);
  const said = await ask(port, positions.map(([lon, lat]) => ['GEOSEARCH', 'fences', 'FROMLONLAT', lon, lat, 'BYRADIUS', String(radius_m), 'm']));
  const theirs = [...said.matchAll(/\*(\d+)\r\n/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  return { ours: ours / positions.length, theirs: theirs / positions.length };
}

/** Rows of { name, unit, higher_is_better, rounds: [{ ours, peer }] }. */
export async function measure({ keyaki, inputs, scratch, quick, log }) {
  const folder = fs.mkdtempSync(path.join(scratch, 'fences-'));
  const positions = fs.readFileSync(path.join(inputs, 'checkins10000.tsv'), 'utf8').trim().split('\n').map((line) => line.split('\t'));
  const stops = [];
  try {
    const redis = await startRedis(inputs);
    stops.push(redis.end);
    const ours = await startKeyaki(keyaki, inputs, folder);
    stops.push(ours.end);
    const found = await countFound(ours.address, redis.port, positions.slice(0, inOneBatch)); // and ours has worked out its fences
    log(`fences found at a position: ${found.ours.toFixed(2)} by keyaki, ${found.theirs.toFixed(2)} by Redis`);
    const rows = cases.map((one) => ({ name: one.name, unit: 'positions/s', higher_is_better: true, rounds: [] }));
    const seconds = quick ? 2 : 5;
    for (let round = 0; round < (quick ? 3 : 7); ++round) {
      cases.forEach((one, number) => {
        const peer = () => measureRedis(redis.port, one, positions[(round * 997) % positions.length], seconds);
        const our = () => measureOurs(ours.address, inputs, one, seconds);
        const pair = round % 2 === 0 ? { ours: our(), peer: peer() } : (() => { const first = peer(); return { ours: our(), peer: first }; })();
        rows[number].rounds.push(pair);
        log(`${one.name}: ${Math.round(pair.ours)} keyaki, ${Math.round(pair.peer)} Redis`);
      });
    }
    return rows;
  } finally {
    for (const end of stops.reverse()) {
      await end();
    }
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  const root = path.resolve(here, '../../..');
  const inputs = process.env.KEYAKI_BENCH_INPUTS;
  if (!inputs || !fs.existsSync(path.join(inputs, 'fences10000.geojson'))) {
    console.error('KEYAKI_BENCH_INPUTS must name a folder with the output of bench-inputs.py');
    process.exit(2);
  }
  const keyaki = path.resolve(root, process.env.KEYAKI_BENCH_PROGRAM ?? 'build/release/server/keyaki');
  const rows = await measure({ keyaki, inputs, scratch: os.tmpdir(), quick: process.argv.includes('--quick'), log: (text) => console.error(text) });
  const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
  for (const row of rows) {
    const ours = median(row.rounds.map((round) => round.ours));
    const peer = median(row.rounds.map((round) => round.peer));
    const ratio = median(row.rounds.map((round) => round.ours / round.peer));
    console.log(`${row.name}: ${Math.round(ours)} ${row.unit}, Redis ${Math.round(peer)}, ${ratio.toFixed(2)} x`);
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main();
}
