// A PostgreSQL server of our own: its data in the scratch folder, a socket instead of a port, and nobody else's server touched.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { end, run, start, until, userNumbers } from './processes.mjs';

/** What everybody sets: memory for the data, no just-in-time compiling of short statements, checkpoints outside of a minute's run. */
const settings = {
  listen_addresses: '',
  shared_buffers: '512MB',
  jit: 'off',
  effective_cache_size: '4GB',
  work_mem: '64MB',
  random_page_cost: '1.1',
  max_connections: '300',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
};

function programs() {
  const folder = '/usr/lib/postgresql';
  const version = fs.readdirSync(folder).filter((name) => fs.existsSync(`${folder}/${name}/bin/postgres`)).sort((a, b) => b - a)[0];
  return `${folder}/${version}/bin`;
}

/** PostgreSQL refuses root; the user postgres must be able to reach the folder. */
function chooseUser(folder) {
  if (process.getuid() !== 0) {
    return {};
  }
  const user = userNumbers('postgres');
  for (let parent = path.dirname(folder); ; parent = path.dirname(parent)) {
    if ((fs.statSync(parent).mode & 0o001) === 0) {
      throw new Error(`PostgreSQL runs as the user postgres, who may not enter ${parent}: name another scratch folder in KEYAKI_BENCH_SCRATCH`);
    }
    if (parent === path.dirname(parent)) {
      return user;
    }
  }
}

/** Starts a server; stop() ends it and leaves nothing. */
export async function startPostgres(scratch) {
  const bin = programs();
  const folder = path.join(scratch, 'postgres');
  const user = chooseUser(folder);
  const sockets = fs.mkdtempSync(path.join(os.tmpdir(), 'keyaki-bench-')); // a socket's path may have 107 bytes only
  fs.mkdirSync(folder, { mode: 0o700 });
  for (const place of user.uid === undefined ? [] : [folder, sockets]) {
    fs.chownSync(place, user.uid, user.gid);
  }
  const data = path.join(folder, 'data');
  run(`${bin}/initdb`, ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'], { ...user, cwd: folder });
  const words = Object.entries({ ...settings, unix_socket_directories: sockets }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = path.join(folder, 'server.log');
  fs.writeFileSync(log, '');
  const child = start(`${bin}/postgres`, ['-D', data, ...words], { log, ...user, cwd: folder });
  const connection = ['-h', sockets, '-U', 'postgres'];
  const server = {
    connection,
    pgbench: `${bin}/pgbench`,
    /** Runs SQL and gives its output without decoration. */
    sql: (text, database = 'postgres') =>
      run(`${bin}/psql`, ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...connection, '-d', database, '-f', '-'], { input: text }).trim(),
    copy: (table, file, database = 'postgres') =>
      run(`${bin}/psql`, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...connection, '-d', database, '-c', `\\copy ${table} FROM '${file}'`]),
    stop: async () => {
      await end(child, 'SIGINT');
      fs.rmSync(folder, { recursive: true, force: true });
      fs.rmSync(sockets, { recursive: true, force: true });
    },
  };
  const isReady = () => {
    try {
      return server.sql('SELECT 1') === '1' || undefined;
    } catch {
      return undefined;
    }
  };
  try {
    await until(isReady, { child, what: 'PostgreSQL' });
  } catch (error) {
    const said = fs.readFileSync(log, 'utf8').trim();
    await server.stop();
    throw new Error(`${error.message}: ${said}`);
  }
  return server;
}

/** Runs a script for some seconds from so many connections; transactions a second. A failed one is an error. */
export function runPgbench(server, { script, clients, seconds, database = 'postgres', scratch }) {
  const file = path.join(scratch, 'pgbench.sql');
  fs.writeFileSync(file, script);
  const words = ['-n', '-M', 'prepared', '-c', String(clients), '-j', String(Math.min(clients, 2)), '-T', String(seconds), '-f', file];
  const said = run(server.pgbench, [...words, ...server.connection, database]);
  const failed = /number of failed transactions: (\d+)/.exec(said);
  const rate = /^tps = ([0-9.]+)/m.exec(said);
  if (!rate || (failed && failed[1] !== '0')) {
    throw new Error(`pgbench: ${said}`);
  }
  return Number(rate[1]);
}
