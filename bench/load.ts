// `npm run load`: many clients, good and hostile, against the built handler over HTTP, while STS and issuers fail. Nothing may cross
// between tenants, every refusal must be its own, every request must leave one record, and memory must stay flat. Exit code 0 where
// all of that held. `--smoke` is two seconds of it, too short to judge memory.
import { fork, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openBooks, type Books } from './load/books.ts';
import { judgeMemory, percentile, type MemoryTrend } from './load/memory.ts';
import type {
  ClientsInput,
  ClientsNews,
  FrontInput,
  FrontNews,
  IssuerName,
  LoadOptions,
  Memory,
  UpstreamsInput,
  UpstreamsNews,
  UpstreamsReady,
} from './load/messages.ts';
import { tenantsOf } from './load/people.ts';
import { report, type LoadResult } from './load/report.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    'warm-up': { type: 'string' },
    clients: { type: 'string' },
    seed: { type: 'string', default: '1' },
    cache: { type: 'string', default: '0' },
    hostile: { type: 'string', default: '0.4' },
    faults: { type: 'string', default: '1' },
    smoke: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const options: LoadOptions = {
  seconds: Number(values.seconds ?? (values.smoke ? 2 : 60)),
  warmUp: Number(values['warm-up'] ?? (values.smoke ? 0 : 20)),
  clients: Number(values.clients ?? (values.smoke ? 20 : 200)),
  seed: Number(values.seed),
  cache: Number(values.cache),
  hostile: Number(values.hostile),
  faults: Number(values.faults),
};
if (Object.values(options).some((number) => !(number >= 0))) {
  process.stderr.write(
    'usage: npm run load -- [--seconds 60] [--warm-up 20] [--clients 200] [--seed 1] [--cache ENTRIES] [--hostile 0.4] [--faults 1] [--smoke] [--json FILE]\n',
  );
  process.exit(2);
}

/** Seconds. A shorter run is warm-up: its memory says nothing. */
const shortestJudged = 30;
const children: ChildProcess[] = [];
/** A child must not outlive the run, whatever ends it. */
process.on('exit', () => children.forEach((child) => child.kill()));

function start(room: string, listen: (news: never) => void): ChildProcess {
  const child = fork(new URL(`load/${room}.ts`, import.meta.url), { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  child.on('message', listen as (news: unknown) => void);
  child.on('exit', (code) => {
    if (code === null || code === 0) return;
    process.stderr.write(`${room} ended with ${code}\n`);
    process.exit(1);
  });
  children.push(child);
  return child;
}

const result = await run(options);
process.stdout.write(report(result));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
process.exitCode = result.passed ? 0 : 1;

async function run({ cache, ...rest }: LoadOptions): Promise<LoadResult> {
  const keys: Record<IssuerName, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }> = {
    first: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    second: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  };
  const books = openBooks();
  const upstreamCounts: Record<string, number> = {};
  const upstreams = Promise.withResolvers<UpstreamsReady>();
  const upstreamsChild = start('upstreams', (news: UpstreamsReady | UpstreamsNews) => {
    if (news.kind === 'ready') return upstreams.resolve(news);
    books.addLedger(news.entries);
    for (const [name, count] of Object.entries(news.counts)) upstreamCounts[name] = (upstreamCounts[name] ?? 0) + count;
  });
  const jwk = ({ publicKey }: { readonly publicKey: KeyObject }) => publicKey.export({ format: 'jwk' });
  upstreamsChild.send({
    seed: rest.seed,
    faults: rest.faults,
    keys: { first: jwk(keys.first), second: jwk(keys.second) },
  } satisfies UpstreamsInput);
  const { issuers, sts } = await upstreams.promise;

  const samples: Memory[] = [];
  const front = Promise.withResolvers<number>();
  const frontChild = start('front', (news: FrontNews) => {
    if (news.kind === 'ready') return front.resolve(news.port);
    samples.push(news);
  });
  readLog(frontChild, books);
  frontChild.send({ environment: environmentOf(issuers, sts, cache) } satisfies FrontInput);
  const port = await front.promise;

  const latencies: number[] = [];
  const done = Promise.withResolvers<Extract<ClientsNews, { readonly kind: 'done' }>>();
  const clientsChild = start('clients', (news: ClientsNews) => {
    if (news.kind === 'tokens') books.addTokenParts(news.parts);
    else if (news.kind === 'done') done.resolve(news);
    else {
      books.addAnswers(news.answers);
      latencies.push(...news.latencies);
    }
  });
  clientsChild.stderr?.pipe(process.stderr);
  const pem = ({ privateKey }: { readonly privateKey: KeyObject }) =>
    privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  clientsChild.send({
    options: { cache, ...rest },
    port,
    issuers,
    privateKeys: { first: pem(keys.first), second: pem(keys.second) },
  } satisfies ClientsInput);
  const { hungUp, failed } = await done.promise;

  // What hung up is still being answered, and what was written is still on its way.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await stop(frontChild);
  await stop(upstreamsChild);
  const account = books.close(hungUp);
  latencies.sort((left, right) => left - right);
  const findings = [...account.findings, ...failed.map((why) => `a request failed: ${why}`)];
  const isLong = rest.seconds >= shortestJudged;
  const trendOf = (measure: keyof Memory): MemoryTrend | undefined =>
    isLong ? judgeMemory(samples.slice(rest.warmUp).map((sample) => sample[measure])) : undefined;
  const memory = { heap: trendOf('heap'), reserved: trendOf('reserved'), resident: trendOf('resident') };
  if (isLong && !Object.values(memory).every((trend) => trend?.isFlat === true)) findings.push('memory is not flat');
  if (account.vends === 0) findings.push('nothing was vended');
  return {
    options: { cache, ...rest },
    ...account,
    findings,
    hungUp,
    upstreams: upstreamCounts,
    perSecond: {
      requests: account.requests / (rest.warmUp + rest.seconds),
      vends: account.vends / (rest.warmUp + rest.seconds),
    },
    latencyMilliseconds: {
      p50: percentile(latencies, 0.5),
      p90: percentile(latencies, 0.9),
      p99: percentile(latencies, 0.99),
      'p99.9': percentile(latencies, 0.999),
    },
    memory,
    passed: findings.length === 0,
  };
}

function readLog({ stdout, stderr }: ChildProcess, books: Books): void {
  stdout?.setEncoding('utf8').on('data', (text: string) => books.addLog(text));
  stderr?.setEncoding('utf8').on('data', (text: string) => books.addLog(text));
}

async function stop(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill();
  await closed;
}

function environmentOf(
  issuers: Readonly<Record<IssuerName, string>>,
  sts: string,
  cache: number,
): Readonly<Record<string, string>> {
  const set = (role: string, action: string): object => ({
    roleArn: `arn:aws:iam::111122223333:role/${role}`,
    statements: [{ Effect: 'Allow', Action: action, Resource: 'arn:aws:s3:::b/{{tenant}}/*' }],
  });
  const config = {
    issuers: (['first', 'second'] as const).map((name) => ({
      name,
      issuer: issuers[name],
      audiences: ['tvm'],
      tenant: { claim: 'tenant' },
      tenants: tenantsOf[name],
    })),
    permissionSets: {
      documents: set('documents', 's3:PutObject'),
      reports: set('reports', 's3:GetObject'),
      admin: { ...set('admin', 's3:*'), requires: [{ claim: 'role', equals: 'admin' }] },
    },
    defaultPermissionSet: 'documents',
    ...(cache === 0 ? {} : { cache: { maxEntries: cache } }),
  };
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDLOAD000000000001',
    AWS_SECRET_ACCESS_KEY: 'executionLoadSecretAccessKey',
    AWS_SESSION_TOKEN: `executionLoadSessionToken${'s'.repeat(300)}`,
    AWS_ENDPOINT_URL_STS: sts,
    TVM_CONFIG: JSON.stringify(config),
  };
}
