// Cold and warm: the naive peer, our function without and with its cache, and the floor, as whole processes, interleaved.
import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { median } from './statistics.ts';
import type { Upstreams } from './upstreams.ts';

export type Contestant = 'naive' | 'project' | 'project, cached' | 'floor';
export const contestants: readonly Contestant[] = ['naive', 'project', 'project, cached', 'floor'];

/** What one contestant took: medians over its processes. */
export interface Figures {
  /** Milliseconds from the start of the script to the first answer. */
  readonly coldMilliseconds: number;
  /** From the start of the process to its first reply, milliseconds. */
  readonly processMilliseconds: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly cpuMicroseconds: number;
  readonly residentMegabytes: number;
  readonly bundleKilobytesGzipped: number;
}

export interface FunctionFigures {
  readonly bareProcessMilliseconds: number;
  readonly of: Readonly<Record<Contestant, Figures>>;
}

export interface Rounds {
  readonly cold: number;
  readonly warm: number;
  readonly vends: number;
}

type Driven = Omit<Figures, 'processMilliseconds' | 'bundleKilobytesGzipped'>;

/** Measures. `folder` takes the built peers. */
export async function measureFunctions(folder: string, rounds: Rounds): Promise<FunctionFigures> {
  const paths = await buildPeers(folder);
  const { upstreams, stop } = await startUpstreams();
  try {
    const run = (who: Contestant, vends: number): Promise<{ readonly took: number; readonly said: Driven }> =>
      runDriver(join(folder, 'driver.mjs'), paths[who], vends, environmentOf(who, upstreams));
    const bare: number[] = [];
    const cold = collect<{ readonly took: number; readonly said: Driven }>();
    const warm = collect<Driven>();
    for (let round = 0; round < rounds.cold; round += 1) {
      bare.push((await runProcess(['-e', '0'], {})).took);
      for (const who of contestants) cold[who].push(await run(who, 0));
    }
    for (let round = 0; round < rounds.warm; round += 1) {
      for (const who of contestants) warm[who].push((await run(who, rounds.vends)).said);
    }
    const of = Object.fromEntries(
      contestants.map((who) => {
        const middle = (name: keyof Driven): number => median(warm[who].map((said) => said[name]));
        const figures: Figures = {
          coldMilliseconds: median(cold[who].map(({ said }) => said.coldMilliseconds)),
          processMilliseconds: median(cold[who].map(({ took }) => took)),
          p50Milliseconds: middle('p50Milliseconds'),
          p99Milliseconds: middle('p99Milliseconds'),
          cpuMicroseconds: middle('cpuMicroseconds'),
          residentMegabytes: middle('residentMegabytes'),
          bundleKilobytesGzipped: gzipSync(readFileSync(paths[who]), { level: 9 }).length / 1000,
        };
        return [who, figures];
      }),
    ) as Record<Contestant, Figures>;
    return { bareProcessMilliseconds: median(bare), of };
  } finally {
    stop();
  }
}

function collect<T>(): Record<Contestant, T[]> {
  return { naive: [], project: [], 'project, cached': [], floor: [] };
}

/** The peers bundled as the CDK's NodejsFunction bundles with the SDK inside: CommonJS, and not minified unless asked. */
async function buildPeers(folder: string): Promise<Readonly<Record<Contestant, string>>> {
  const peers = { naive: join(folder, 'naive.cjs'), floor: join(folder, 'floor.cjs') };
  for (const who of ['naive', 'floor'] as const) {
    await build({
      entryPoints: [`bench/peers/${who}.ts`],
      outfile: peers[who],
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      logLevel: 'error',
    });
  }
  await build({
    entryPoints: ['bench/driver.ts'],
    outfile: join(folder, 'driver.mjs'),
    target: 'node24',
    format: 'esm',
  });
  const project = resolve('dist/lambda/vend.mjs');
  return { ...peers, project, 'project, cached': project };
}

async function startUpstreams(): Promise<{ readonly upstreams: Upstreams; readonly stop: () => void }> {
  const child: ChildProcess = spawn(process.execPath, ['bench/upstreams.ts'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((settle, reject) => {
    child.stdout?.setEncoding('utf8').once('data', settle);
    child.once('exit', () => reject(new TypeError('the upstreams did not start')));
  });
  return { upstreams: JSON.parse(line) as Upstreams, stop: () => void child.kill() };
}

function environmentOf(who: Contestant, { issuer, jwksUri, sts, token }: Upstreams): Readonly<Record<string, string>> {
  const config = {
    issuers: [{ name: 'bench', issuer, jwksUri, audiences: ['tvm'], tenant: { claim: 'tenant' } }],
    permissionSets: {
      documents: {
        roleArn: 'arn:aws:iam::111122223333:role/documents',
        statements: [
          { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::docs/{{tenant}}/*' },
        ],
      },
    },
    ...(who === 'project, cached' ? { cache: { maxEntries: 1_000 } } : {}),
  };
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDBENCH',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_SESSION_TOKEN: 'bench'.repeat(80),
    AWS_ENDPOINT_URL_STS: sts,
    BENCH_ISSUER: issuer,
    BENCH_JWKS: jwksUri,
    BENCH_TOKEN: token,
    TVM_CONFIG: JSON.stringify(config),
  };
}

async function runDriver(
  driver: string,
  handler: string,
  vends: number,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly took: number; readonly said: Driven }> {
  const { replied, stderr } = await runProcess([driver, handler, String(vends)], environment);
  const line = stderr.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new TypeError(`${handler} did not vend: ${stderr.slice(0, 500)}`);
  return { took: replied, said: JSON.parse(line) as Driven };
}

/** Runs Node to its end; its output is read and dropped, as a runtime does. `took` is until its end, `replied` until the first of
 * its standard error: the driver says there what it measured, at its first answer where it measures no more. */
export async function runProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly took: number; readonly replied: number; readonly stdout: string; readonly stderr: string }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env: { PATH: process.env['PATH'] ?? '', ...environment } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  let replied = NaN;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr === '') replied = performance.now() - startedAt;
    stderr += text;
  });
  const code = await new Promise<number | null>((settle) => child.once('close', settle));
  if (code !== 0) throw new TypeError(`${args[0] ?? ''} ended with ${String(code)}: ${stderr.slice(0, 500)}`);
  return { took: performance.now() - startedAt, replied, stdout, stderr };
}
