// Programs that a benchmark starts: each is ended by its pid, also when the benchmark itself is interrupted.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';

const running = new Set();

process.on('exit', () => {
  for (const child of running) {
    child.kill('SIGKILL');
  }
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(130));
}

/** Starts a program that goes on running; its output goes to the file `log`. */
export function start(program, words, { log, ...options } = {}) {
  const file = fs.openSync(log, 'a');
  const child = spawn(program, words, { stdio: ['ignore', file, file], ...options });
  fs.closeSync(file);
  running.add(child);
  child.ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(`cannot be started: ${error.message}`));
    child.on('exit', (status, signal) => resolve(`ended with ${status ?? signal}`));
  }).then((how) => {
    running.delete(child);
    return how;
  });
  return child;
}

/** Ends a started program with `signal` and waits until it is gone. */
export async function end(child, signal = 'SIGTERM') {
  if (running.has(child)) {
    child.kill(signal);
    await child.ended;
  }
}

/** Runs a program to its end and gives what it printed; an error holds what it complained about. */
export function run(program, words, options = {}) {
  const result = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024, ...options });
  if (result.error || result.status !== 0) {
    const said = (result.stderr?.trim() || result.stdout || '').trim().split('\n').slice(-5).join('\n');
    throw new Error(`${program} ${words.slice(0, 3).join(' ')} ended with ${result.status ?? result.signal}: ${result.error?.message ?? said}`);
  }
  return result.stdout;
}

/** Lets a signal that came while programs ran have its effect. */
export const breath = () => new Promise((resolve) => { setImmediate(resolve); });

/** Runs a program to its end: its seconds on the clock and on processors, and its largest memory, or that of a child of its, in bytes (GNU time). */
export function measureProgram(program, words, scratch) {
  const file = `${scratch}/time.txt`;
  run('/usr/bin/time', ['-f', '%e %M %U %S', '-o', file, program, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [seconds, kibibytes, user, system] = fs.readFileSync(file, 'utf8').trim().split('\n').pop().split(' ').map(Number);
  return { seconds, processor_seconds: user + system, memory_bytes: kibibytes * 1024 };
}

/** Asks `attempt` until it gives something other than undefined; an error after `seconds`, or as soon as the child has ended. */
export async function until(attempt, { child, what, seconds = 30 }) {
  const last = Date.now() + seconds * 1000;
  let how = null;
  child.ended.then((text) => { how = text; });
  for (;;) {
    const result = await attempt();
    if (result !== undefined) {
      return result;
    }
    if (how !== null || Date.now() > last) {
      throw new Error(`${what} ${how ?? `is not there after ${seconds} s`}`);
    }
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

/** A port of 127.0.0.1 that is free now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** True when somebody listens at that port of 127.0.0.1, else undefined. */
export function isAnswered(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(undefined));
  });
}

/** What is answered at that path of a port of 127.0.0.1: its status and its text. */
export function get(port, where) {
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path: where }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => { text += piece; });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    }).on('error', reject);
  });
}

/** A user's numbers, for programs that refuse to run as root. */
export function userNumbers(name) {
  return { uid: Number(execFileSync('id', ['-u', name], { encoding: 'utf8' })), gid: Number(execFileSync('id', ['-g', name], { encoding: 'utf8' })) };
}
