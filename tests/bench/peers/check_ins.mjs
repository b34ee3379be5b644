// Durable check-ins a second beside PostgreSQL: the same rows in one transaction, synchronous_commit=on, on the same disk.
//
// Ours: the real flow in process (keyaki_check_in_bench): a body's text, the decision, the books, one answer that is durable; and the same over
// HTTP with wrk. PostgreSQL's: pgbench with prepared statements over a Unix socket, without any decision or reading of text. Two peers: one transaction
// whose statements are sent one after the other, as a program does that looks at each answer; and the fastest of three ways to send everything at once:
// as one pipeline, as one statement of several parts, as one call of a function. The row that all awards share, the budget's, is taken last, so that it
// is locked for as short as can be.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { end, freePort, isAnswered, run, start, until } from '../support/processes.mjs';
import { runPgbench, startPostgres } from '../support/postgres.mjs';

export const needs_inputs = false;

/** Needed: beside one transaction, statement after statement. Several at once are held to the fastest way too; one alone waits for the same disk. */
const levels = [{ inFlight: 1, needed: 1 }, { inFlight: 16, needed: 3, neededOfFastest: 3 }, { inFlight: 256, needed: 3, neededOfFastest: 3 }];

const schema = `
CREATE TABLE check_in (
  id text PRIMARY KEY, member text NOT NULL, rally text NOT NULL, spot text NOT NULL, device text NOT NULL, verdict text NOT NULL,
  rules text NOT NULL, layer_revision bigint NOT NULL, inside_probability float8 NOT NULL, evidence_json text, answer_json text NOT NULL,
  received_at_us bigint NOT NULL);
CREATE TABLE stamp (
  rally text, spot text, member text, period text, check_in text NOT NULL, stamped_at_us bigint NOT NULL,
  PRIMARY KEY (rally, spot, member, period));
CREATE TABLE account (
  account_id text PRIMARY KEY, unit text NOT NULL, debits bigint NOT NULL DEFAULT 0, credits bigint NOT NULL DEFAULT 0,
  CHECK (account_id LIKE 'issuer:%' OR credits >= debits)) WITH (fillfactor = 50);
CREATE TABLE transfer (
  sequence bigserial PRIMARY KEY, transfer_id text NOT NULL UNIQUE, debit_account text NOT NULL, credit_account text NOT NULL,
  unit text NOT NULL, amount bigint NOT NULL CHECK (amount > 0), code text NOT NULL, reference text NOT NULL, time_us bigint NOT NULL);
CREATE TABLE outbox_event (
  sequence bigserial PRIMARY KEY, id text NOT NULL UNIQUE, type text NOT NULL, subject text NOT NULL, data_json text NOT NULL,
  time_us bigint NOT NULL);
CREATE TABLE stored_answer (
  client text, route text, key text, body_hash text NOT NULL, status int NOT NULL, headers_json text NOT NULL, body text NOT NULL,
  stored_at_us bigint NOT NULL, PRIMARY KEY (client, route, key));
`;

/** Empty books: ten thousand members and a budget that lasts. */
const fresh = `
TRUNCATE check_in, stamp, account, transfer, outbox_event, stored_answer;
INSERT INTO account (account_id, unit) SELECT 'member:m-' || n, 'nin' FROM generate_series(0, 9999) AS n;
INSERT INTO account (account_id, unit, credits) VALUES ('budget:walk', 'nin', 1000000000);
VACUUM ANALYZE;
CHECKPOINT;
`;

// A check-in's values, as SQL: $n are the function's parameters, :names pgbench's variables. Texts have the length of ours.
/** A text in SQL. pgbench takes every colon before a letter for a variable, also inside of quotes. */
const text = (words) => `E'${words.replaceAll(':', '\\x3a')}'`;
const answer = (id, spot, member) => [
  text('{"id":"'), id, text('","verdict":"accepted","reasons":[],"message":"スタンプが押されました。","inside_probability":0.9958,"revision":"spots=1",' +
    '"rules":"2026-04-01/3+walk/1","stamp":{"rally":"walk","spot":"spots/s'), spot,
  text('","stamped_at":"2026-04-12T10:00:00+09:00"},"awards":[{"transfer":"award/walk/spots/s'), spot, text('/m-'), member,
  text('","points":10,"state":"posted"}],"next":null}'),
].join(' || ');
const evidence = text('{"fixes_used":2,"sigma_m":8.0,"probability":0.9958,"presence":["TWO_FIXES_INSIDE"],"cell":"18/232665/103212"}');
const parts = ({ n, id, spot, member, time }) => [
  `INSERT INTO stored_answer VALUES ('key-1', 'POST /checkins', 'attempt-' || ${n}, md5(${n}) || md5(${n}), 201,
     ${text('{"Location":"/checkins/')} || ${id} || '"}', ${answer(id, spot, member)}, ${time})`,
  `INSERT INTO stamp VALUES ('walk', 'spots/s' || ${spot}, 'm-' || ${member}, ${n}, ${id}, ${time})`,
  `INSERT INTO check_in VALUES (${id}, 'm-' || ${member}, 'walk', 'spots/s' || ${spot}, '', 'accepted', '2026-04-01/3+walk/1', 1, 0.9958,
     ${evidence}, ${answer(id, spot, member)}, ${time})`,
  `INSERT INTO outbox_event (id, type, subject, data_json, time_us) VALUES (${id} || '/accepted', 'checkin.accepted', 'm-' || ${member},
     ${text('{"check_in":"')} || ${id} || ${text('","rally":"walk","spot":"spots/s')} || ${spot} || ${text('","member":"m-')} || ${member} || '"}',
     ${time})`,
  `INSERT INTO transfer (transfer_id, debit_account, credit_account, unit, amount, code, reference, time_us)
     VALUES ('award/walk/spots/s' || ${spot} || '/m-' || ${member} || '@' || ${n}, ${text('budget:walk')}, ${text('member:m-')} || ${member}, 'nin',
     10, 'award', ${id}, ${time})`,
  `UPDATE account SET credits = credits + 10 WHERE account_id = ${text('member:m-')} || ${member}`,
  `UPDATE account SET debits = debits + 10 WHERE account_id = ${text('budget:walk')}`,
];

// The period is a random number: no attempt meets another's stamp, whatever members and spots come together.
const draw = `\\set n random(1, 1000000000000000000)
\\set spot random(0, 199)
\\set member random(0, 9999)
\\set time 1775955600000000 + :n % 1000000000
`;
const named = { n: ':n::text', id: `'01K' || :n::text`, spot: ':spot::text', member: ':member::text', time: ':time::bigint' };
const numbered = { n: 'n::text', id: `'01K' || n::text`, spot: 'spot::text', member: 'member::text', time: 'time_us' };

const ways = {
  transaction: `${draw}BEGIN;
${parts(named).map((part) => `${part};`).join('\n')}
COMMIT;
`,
  pipeline: `${draw}\\startpipeline
BEGIN;
${parts(named).map((part) => `${part};`).join('\n')}
COMMIT;
\\endpipeline
`,
  statement: `${draw}WITH ${parts(named).slice(0, -1).map((part, i) => `part_${i} AS (${part})`).join(', ')}
${parts(named).at(-1)};
`,
  function: `${draw}SELECT check_in(:n, :spot, :member, :time);
`,
};

const checkInFunction = `
CREATE FUNCTION check_in(n bigint, spot int, member int, time_us bigint) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
${parts(numbered).map((part) => `${part};`).join('\n')}
END $$;
`;

/** What the disk still has to do for the run before must not slow the next one. For the same reason nothing is removed until the end. */
const settleDisk = () => run('sync', []);

/** One way's check-ins a second on empty books; the books must agree with what was answered. */
function measureWay(server, way, clients, seconds, scratch) {
  server.sql(fresh);
  settleDisk();
  const rate = runPgbench(server, { script: ways[way], clients, seconds, scratch });
  const counts = server.sql(`SELECT (SELECT count(*) FROM check_in) = (SELECT count(*) FROM transfer),
    (SELECT debits / 10 FROM account WHERE account_id = 'budget:walk') = (SELECT count(*) FROM stamp),
    (SELECT count(*) FROM stored_answer) = (SELECT count(*) FROM outbox_event)`);
  if (counts !== 't|t|t') {
    throw new Error(`after PostgreSQL's check-ins by ${way} the books disagree: ${counts}`);
  }
  return rate;
}

function measureFlow(programs, inFlight, seconds, scratch) {
  settleDisk();
  const folder = fs.mkdtempSync(path.join(scratch, 'flow-'));
  return JSON.parse(run(path.join(programs, 'keyaki_check_in_bench'), [folder, String(inFlight), String(seconds)]));
}

/** A database with the spots and the rally of check_in_bench.cpp; gives the key of its API. */
function makeCity(keyaki, folder, database) {
  const features = Array.from({ length: 200 }, (_, spot) => ({
    type: 'Feature', properties: { id: `s${spot}` },
    geometry: { type: 'Point', coordinates: [139.5 + 0.001 * (spot % 20), 35.77 + 0.001 * Math.floor(spot / 20)] },
  }));
  fs.writeFileSync(path.join(folder, 'spots.geojson'), JSON.stringify({ type: 'FeatureCollection', features }));
  fs.writeFileSync(path.join(folder, 'rally.json'), JSON.stringify({
    id: 'walk', kind: 'walking', title: { ja: '散歩' }, starts: '2020-01-01T00:00:00+09:00', ends: '2099-12-31T23:59:59+09:00', budget: 1_000_000_000,
    spots: { layer: 'spots', radius_m: 40, points: 10, per: 'once' },
  }));
  const words = ['--database', database];
  run(keyaki, ['import', 'layer', 'spots', path.join(folder, 'spots.geojson'), '--key', 'id', '--publish', '--progress', 'none', ...words]);
  run(keyaki, ['rally', 'put', path.join(folder, 'rally.json'), ...words]);
  return JSON.parse(run(keyaki, ['key', 'create', '--name', 'bench', '--scopes', 'checkins:write,ledger:read', '--json', ...words])).key;
}

/** The same flow over HTTP: keyaki serve and wrk on one machine. Answers a second; each must be 201, and each must be in the books. */
async function measureHttp(keyaki, inFlight, seconds, scratch) {
  const folder = fs.mkdtempSync(path.join(scratch, 'http-'));
  const database = path.join(folder, 'city.sqlite');
  const key = makeCity(keyaki, folder, database);
  settleDisk();
  const port = await freePort();
  const server = start(keyaki, ['serve', '--database', database, '--listen', `127.0.0.1:${port}`], { log: path.join(folder, 'server.log') });
  try {
    await until(() => isAnswered(port), { child: server, what: 'keyaki serve' });
    const said = run('wrk', ['-c', String(inFlight), '-t', String(Math.min(inFlight, 2)), '-d', `${seconds}s`,
      '-s', fileURLToPath(new URL('../support/check_ins.lua', import.meta.url)), `http://127.0.0.1:${port}/`, '--', key]);
    const answered = Number(/(\d+) requests in/.exec(said)[1]);
    const account = run('curl', ['-sf', '-H', `Authorization: Bearer ${key}`, `http://127.0.0.1:${port}/ledger/accounts/budget:walk`]);
    if (/Non-2xx|Socket errors/.test(said) || JSON.parse(account).debits_posted < 10 * answered || answered === 0) {
      throw new Error(`check-ins over HTTP went wrong; the budget is ${account}: ${said}`);
    }
    return Number(/Requests\/sec:\s+([0-9.]+)/.exec(said)[1]);
  } finally {
    await end(server);
  }
}

export async function measure({ keyaki, programs, scratch, quick, log }) {
  const server = await startPostgres(scratch);
  const rounds = levels.map(() => []);
  const besideFastest = levels.map(() => []);
  const overHttp = levels.map(() => []);
  try {
    server.sql(schema + checkInFunction);
    for (let round = 0; round < (quick ? 2 : 5); ++round) {
      for (const [i, { inFlight }] of levels.entries()) {
        const seconds = quick && inFlight < 256 ? 2 : 5; // so many connections need a while to begin
        const flow = measureFlow(programs, inFlight, seconds, scratch);
        const http = await measureHttp(keyaki, inFlight, seconds, scratch);
        const rates = Object.fromEntries(Object.keys(ways).map((way) => [way, measureWay(server, way, inFlight, seconds, scratch)]));
        const { transaction, ...atOnce } = rates;
        const fastest = Math.max(...Object.values(atOnce));
        rounds[i].push({ ours: flow.per_second, peer: transaction, flow, ways: rates });
        besideFastest[i].push({ ours: flow.per_second, peer: fastest });
        overHttp[i].push({ ours: http, peer: fastest });
        log(`${inFlight} in flight: ${flow.per_second.toFixed(0)} a second, over HTTP ${http.toFixed(0)}, PostgreSQL ${JSON.stringify(rates)}`);
      }
    }
  } finally {
    await server.stop();
  }
  const row = (inFlight, how) => ({ name: `check-ins, ${inFlight} in flight${how}`, unit: 'a second', higher_is_better: true });
  return levels.flatMap(({ inFlight, needed, neededOfFastest }, i) => [
    { ...row(inFlight, ', beside PostgreSQL'), needed, rounds: rounds[i] },
    { ...row(inFlight, ', beside its fastest way'), needed: neededOfFastest, rounds: besideFastest[i] },
    { ...row(inFlight, ' over HTTP, beside that'), rounds: overHttp[i] },
  ]);
}
