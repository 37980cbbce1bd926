// What one vend costs as a deployment grows: permission sets, issuers, distinct tenants. The real handler and machine in this
// process; only the two network calls are answered at once, so that growth of our own work cannot hide behind them.
import { generateKeyPairSync, sign } from 'node:crypto';
import { Writable } from 'node:stream';
import { parseVendingConfig } from '../core/config.ts';
import { assumedRoleArn } from '../core/session.ts';
import { createMachineHandler, type Handler } from '../lambda/handler.ts';
import { createMachine } from '../lambda/machine.ts';
import type { OpenSts } from '../lambda/sts/connection.ts';

/** Microseconds of one vend at one size. */
export interface GrowthPoint {
  readonly size: number;
  readonly microseconds: number;
}

export interface GrowthFigures {
  readonly permissionSets: readonly GrowthPoint[];
  readonly issuers: readonly GrowthPoint[];
  /** Distinct tenants seen so far, with a cache of 1,000; the time is of the vends just before. */
  readonly tenants: readonly (GrowthPoint & { readonly heapMegabytes: number })[];
}

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k' };

const answerAtOnce: OpenSts = () => ({
  send: async ({ roleArn, roleSessionName, durationSeconds }) => ({
    accessKeyId: 'ASIAGROWTH',
    secretAccessKey: 'secret',
    sessionToken: 't'.repeat(800),
    expiration: Math.floor(Date.now() / 1000) + durationSeconds,
    assumedRoleArn: assumedRoleArn(roleArn, roleSessionName),
  }),
  renewCredentials: async () => undefined,
  warm: async () => undefined,
});

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

function handlerOf(permissionSets: number, issuers: number, cache?: number): Handler {
  const config = parseVendingConfig({
    issuers: Array.from({ length: issuers }, (_, index) => ({
      name: `idp-${index}`,
      issuer: `https://idp-${index}.example/`,
      audiences: ['tvm'],
      algorithms: ['EdDSA'],
      jwks: { keys: [jwk] },
      tenant: { claim: 'tenant' },
      tenants: 'any',
    })),
    permissionSets: Object.fromEntries(
      Array.from({ length: permissionSets }, (_, index) => [
        `set-${index}`,
        {
          roleArn: `arn:aws:iam::111122223333:role/role-${index}`,
          statements: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::b-${index}/{{tenant}}/*` }],
        },
      ]),
    ),
    ...(cache === undefined ? {} : { cache: { maxEntries: cache } }),
  });
  const world = { clock: () => Date.now(), log: () => nowhere, openSts: answerAtOnce };
  return createMachineHandler(createMachine(config, { AWS_REGION: 'us-east-1' }, world).machine);
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function tokenOf(tenant: string, issuer: number): string {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: `https://idp-${issuer}.example/`,
    aud: 'tvm',
    sub: 'u',
    tenant,
    iat: seconds,
    exp: seconds + 3_600,
  };
  const input = `${encode({ alg: 'EdDSA', kid: 'k' })}.${encode(claims)}`;
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

async function vend(handler: Handler, token: string, permissionSet: string): Promise<void> {
  const path = `/v1/credentials/${permissionSet}`;
  const { statusCode, body } = await handler({
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: { authorization: token },
    requestContext: { http: { method: 'GET', path, sourceIp: '192.0.2.1' }, requestId: 'growth' },
    isBase64Encoded: false,
  });
  if (statusCode !== 200) throw new TypeError(`did not vend: ${body}`);
  // The loop turns between requests, as it does on Lambda: what waits for its turn is not kept.
  await new Promise(setImmediate);
}

/** The median over batches, so that one collection of garbage is not a figure. */
async function timed(
  handler: Handler,
  tokens: readonly string[],
  permissionSet: string,
  batches: number,
): Promise<number> {
  const batch = 200;
  const taken: number[] = [];
  for (let round = 0; round < batches + 2; round += 1) {
    const startedAt = performance.now();
    for (let index = 0; index < batch; index += 1) {
      await vend(handler, tokens[index % tokens.length]!, permissionSet);
    }
    // The first two warm the compiler up.
    if (round >= 2) taken.push(((performance.now() - startedAt) * 1_000) / batch);
  }
  return taken.sort((left, right) => left - right)[Math.floor(taken.length / 2)]!;
}

/** Measures. `tenants`: how many distinct ones at most. */
export async function measureGrowth({
  batches,
  tenants,
}: {
  readonly batches: number;
  readonly tenants: number;
}): Promise<GrowthFigures> {
  const permissionSets: GrowthPoint[] = [];
  for (const size of [1, 10, 50, 100, 200]) {
    const microseconds = await timed(handlerOf(size, 1), [tokenOf('acme', 0)], `set-${size - 1}`, batches);
    permissionSets.push({ size, microseconds });
  }
  const issuers: GrowthPoint[] = [];
  for (const size of [1, 10, 50, 100]) {
    const microseconds = await timed(handlerOf(1, size), [tokenOf('acme', size - 1)], 'set-0', batches);
    issuers.push({ size, microseconds });
  }
  return { permissionSets, issuers, tenants: await growTenants(tenants) };
}

async function growTenants(most: number): Promise<GrowthFigures['tenants']> {
  const handler = handlerOf(1, 1, 1_000);
  const points: (GrowthPoint & { heapMegabytes: number })[] = [];
  const sizes = [1e3, 1e4, 1e5, 1e6].filter((size) => size <= most);
  let spent = 0;
  let since = 0;
  for (let seen = 1; seen <= (sizes.at(-1) ?? 0); seen += 1) {
    const token = tokenOf(`tenant-${seen}`, 0);
    const startedAt = performance.now();
    await vend(handler, token, 'set-0');
    spent += performance.now() - startedAt;
    since += 1;
    if (sizes.includes(seen)) {
      points.push({
        size: seen,
        microseconds: (spent * 1_000) / since,
        heapMegabytes: process.memoryUsage().heapUsed / 1e6,
      });
    }
    // The time of the last thousands, not of all since the start.
    if (seen % 10_000 === 0 || sizes.includes(seen)) spent = since = 0;
  }
  return points;
}
