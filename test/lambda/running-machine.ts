// The whole function over scripted peers: the real verifier and STS adapter, a log that tests read, a clock that tests move.
import { Writable } from 'node:stream';
import type { AuditRecord } from '../../core/audit.ts';
import { parseVendingConfig } from '../../core/config.ts';
import type { MetricDocument } from '../../core/metrics.ts';
import type { Result } from '../../lambda/events.ts';
import { createMachineHandler } from '../../lambda/handler.ts';
import { createMachine } from '../../lambda/machine.ts';
import type { OpenSts } from '../../lambda/sts/connection.ts';
import { openDirectConnection } from '../../lambda/sts/direct-connection.ts';
import { requestId, shapes, type PlainRequest } from './event-shapes.ts';
import { answerJson, answerXml, assumeRoleXml, ecKey, signToken, startPeer, type Peer } from './fixtures.ts';

/** A function in its world. */
export interface Running {
  readonly issuer: Peer;
  readonly sts: Peer;
  /** Environment variables, read by the adapter at each renewal of its credentials. */
  readonly environment: Record<string, string>;
  readonly clock: { now: number };
  /** Everything that was written. */
  readonly written: () => string;
  readonly records: () => readonly AuditRecord[];
  readonly metrics: () => readonly MetricDocument[];
  readonly token: (claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>) => string;
  readonly invoke: (event: unknown, remaining?: number) => Promise<Result>;
  /** A vend with a good token over the HTTP API, unless changed. */
  readonly vend: (request?: Partial<PlainRequest>, remaining?: number) => Promise<Result>;
  readonly stsCalls: () => number;
  readonly stop: () => Promise<void>;
}

/** Secrets of the function itself, as a redaction test looks for them. */
export const execution = {
  accessKeyId: 'AKIDEXECUTION0000001',
  secretAccessKey: 'executionSecretAccessKey0123456789abcdef',
  sessionToken: 'executionSessionToken0123456789abcdef',
} as const;

const key = ecKey('key-1');

/** Starts a function. `change` goes over the configuration; `log` takes what it writes; `openSts` is asked for the Regions' own
 * endpoints, which nothing overrides then. */
export async function startMachine(
  change: Readonly<Record<string, unknown>> = {},
  options: { readonly log?: NodeJS.WritableStream; readonly openSts?: OpenSts } = {},
): Promise<Running> {
  let text = '';
  const log =
    options.log ??
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString();
        done();
      },
    });
  const issuer = await startPeer((request, response) => {
    if (request.url === '/jwks') answerJson(response, { keys: [key.jwk] });
    else answerJson(response, { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` });
  });
  const sts = await startPeer((_, response, body) => answerXml(response, assumeRoleXml(body)));
  const clock = { now: Date.now() };
  const config = parseVendingConfig({
    issuers: [
      { name: 'peer', issuer: issuer.url, audiences: ['tvm'], algorithms: ['ES256'], tenant: { claim: 'tenant' } },
    ],
    permissionSets: {
      documents: set('s3:GetObject'),
      admin: { ...set('s3:*'), requires: [{ claim: 'role', equals: 'admin' }] },
    },
    defaultPermissionSet: 'documents',
    ...change,
  });
  const environment: Record<string, string> = {
    AWS_REGION: 'us-east-1',
    ...(options.openSts === undefined ? { AWS_ENDPOINT_URL_STS: sts.url } : {}),
    AWS_ACCESS_KEY_ID: execution.accessKeyId,
    AWS_SECRET_ACCESS_KEY: execution.secretAccessKey,
    AWS_SESSION_TOKEN: execution.sessionToken,
  };
  const { machine } = createMachine(config, environment, {
    clock: () => clock.now,
    log: () => log,
    openSts: options.openSts ?? openDirectConnection,
  });
  const handler = createMachineHandler(machine);
  const lines = (): readonly unknown[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  const isMetric = (line: unknown): line is MetricDocument => Object.hasOwn(line as object, '_aws');
  const token: Running['token'] = (claims = {}, header = {}) => {
    const seconds = Math.floor(clock.now / 1000);
    const all = { iss: issuer.url, aud: 'tvm', sub: 'alice', tenant: 'acme', iat: seconds - 10, exp: seconds + 600 };
    return signToken(key, { alg: 'ES256', kid: 'key-1', ...header }, { ...all, ...claims });
  };
  const invoke: Running['invoke'] = (event, remaining = 10_000) => {
    const deadline = performance.now() + remaining;
    return handler(event, { awsRequestId: requestId, getRemainingTimeInMillis: () => deadline - performance.now() });
  };
  return {
    issuer,
    sts,
    environment,
    clock,
    written: () => text,
    records: () => lines().filter((line) => !isMetric(line)) as AuditRecord[],
    metrics: () => lines().filter(isMetric),
    token,
    invoke,
    vend: (request = {}, remaining) => {
      const headers: PlainRequest['headers'] = [['authorization', `Bearer ${token()}`]];
      return invoke(shapes['HTTP API']({ method: 'GET', path: '/v1/credentials', headers, ...request }), remaining);
    },
    stsCalls: () => sts.requests.get('/') ?? 0,
    stop: async () => {
      await Promise.all([issuer.stop(), sts.stop()]);
    },
  };
}

function set(action: string): Record<string, unknown> {
  return {
    roleArn: 'arn:aws:iam::111122223333:role/role',
    statements: [{ Effect: 'Allow', Action: action, Resource: 'arn:aws:s3:::b/{{tenant}}/*' }],
  };
}

/** The slug of a refusal; undefined where it is none. */
export function slugOf(result: Result): string | undefined {
  const { type } = JSON.parse(result.body) as { readonly type?: string };
  return type?.split('#')[1];
}
