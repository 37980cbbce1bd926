// The built handler as callers meet it: over HTTP, behind the emulated gateway, with a scripted issuer and an STS that keeps books.
// What a refusal owes to everyone (P-NOCREDS: no call of STS, no byte of a credential, one record) is asked here, of every one.
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { startFunction } from '../../local/function.ts';
import { handleWithFunction } from '../../local/gateway.ts';
import { answerJson, ecKey, rsaKey, signToken, startPeer, type Peer, type TestKey } from '../lambda/fixtures.ts';
import { openLedger, type Ledger } from '../lambda/sts-ledger.ts';

type Json = Readonly<Record<string, unknown>>;

/** Keys that the issuer publishes, but for the stranger's; each has its flaw, or none. */
export const keys = {
  good: rsaKey('good'),
  ec: ecKey('ec'),
  p384: ecKey('p384', 'P-384'),
  weak: rsaKey('weak', 1024),
  declared: rsaKey('declared'),
  encryption: rsaKey('encryption'),
  operations: rsaKey('operations'),
  empty: rsaKey(''),
  twice: rsaKey('twice'),
  again: rsaKey('twice'),
  stranger: rsaKey('stranger'),
} as const satisfies Record<string, TestKey>;

/** What the execution role has, as a search for secrets wants it. */
export const execution = {
  AWS_ACCESS_KEY_ID: 'AKIDEXECUTION0000001',
  AWS_SECRET_ACCESS_KEY: 'executionSecretAccessKey0123456789abcdef',
  AWS_SESSION_TOKEN: 'executionSessionToken0123456789abcdef',
} as const;

/** A request as it goes over the wire. `authorization` undefined: a good token. */
export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly authorization?: string | readonly string[] | null;
  readonly body?: string | Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly slug: string | undefined;
}

/** A running door. */
export interface Door {
  readonly issuer: Peer;
  /** Where a token may try to send us. */
  readonly canary: Peer;
  readonly sts: Peer;
  readonly ledger: Ledger;
  /** Everything that the function wrote. */
  readonly written: () => string;
  readonly records: () => readonly Json[];
  readonly ask: (request?: Ask) => Promise<Answer>;
  readonly token: (claims?: Json, header?: Json, key?: TestKey) => string;
  readonly stsCalls: () => number;
  /** Asks and holds the refusal to everything that each refusal owes. */
  readonly expectRefused: (request: Ask, status: number, slug: string) => Promise<Answer>;
  readonly stop: () => Promise<void>;
}

const seconds = (): number => Math.floor(Date.now() / 1000);
const credentialShaped = /A[KS]IA[A-Z0-9]{8}|AKID|ledger-\d|vectorSecret|SecretAccessKey|SessionToken|eyJ[\w-]{8}/;

/** Opens the door. `issuer` goes over the first trusted issuer, `config` over the whole; both may need the peers' addresses. */
export async function openDoor(
  change: (peers: { readonly issuer: string; readonly canary: string }) => {
    readonly issuer?: Json;
    readonly config?: Json;
  } = () => ({}),
): Promise<Door> {
  const issuer = await startPeer((request, response) => {
    if (request.url !== '/jwks') return answerJson(response, { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` });
    const { declared, encryption, operations, stranger: _, ...rest } = keys;
    return answerJson(response, {
      keys: [
        ...Object.values(rest).map(({ jwk }) => jwk),
        { ...declared.jwk, alg: 'RS256' },
        { ...encryption.jwk, use: 'enc' },
        { ...operations.jwk, key_ops: ['encrypt'] },
      ],
    });
  });
  const canary = await startPeer((_, response) => answerJson(response, { keys: [keys.stranger.jwk] }));
  const ledger = openLedger(() => Date.now());
  const sts = await startPeer(ledger.script);
  const changes = change({ issuer: issuer.url, canary: canary.url });
  const { log, written } = capture();
  const machine = await startFunction(
    {
      handlerUrl: pathToFileURL('dist/lambda/vend.mjs').href,
      environment: {
        ...execution,
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_STS: sts.url,
        TVM_CONFIG: JSON.stringify(configOf(issuer.url, changes)),
      },
      clockOffsetSeconds: 0,
      timeout: 10_000,
      log,
    },
    pathToFileURL('dist/local/worker.js'),
  );
  // Node's own bound of headers must not be what refuses a token of a megabyte.
  const server = createServer({ maxHeaderSize: 4 * 1024 * 1024 }, (request, response) => {
    void handleWithFunction(request, response, { accountId: '111122223333', now: Date.now }, machine.invoke);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const token: Door['token'] = (claims = {}, header = {}, key = keys.good) =>
    signToken(
      key,
      { alg: 'RS256', kid: 'good', ...header },
      {
        iss: issuer.url,
        aud: 'tvm',
        sub: 'alice',
        tenant: 'acme',
        iat: seconds() - 10,
        exp: seconds() + 600,
        ...claims,
      },
    );
  const ask: Door['ask'] = ({ authorization = `Bearer ${token()}`, ...request } = {}) =>
    send(port, request, authorization);
  const records: Door['records'] = () =>
    written()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Json)
      .filter((line) => 'event' in line);
  const stsCalls = (): number => sts.requests.get('/') ?? 0;
  return {
    issuer,
    canary,
    sts,
    ledger,
    written,
    records,
    ask,
    token,
    stsCalls,
    expectRefused: async (request, status, slug) => {
      const before = stsCalls();
      const answer = await ask(request);
      expect([answer.status, answer.slug]).toEqual([status, slug]);
      expect(answer.body + JSON.stringify(answer.headers)).not.toMatch(credentialShaped);
      expect(answer.body).not.toMatch(/arn:|111122223333|node_modules|\bat [\w./]+:\d+|aws-jwt-verify|middy/);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'x-content-type-options': 'nosniff',
      });
      if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
      expect(stsCalls()).toBe(before);
      // The record is written before the answer, but in another thread: it may arrive here a moment later.
      const mine = (): readonly Json[] =>
        records().filter((line) => line['request_id'] === answer.headers['x-request-id']);
      await expect.poll(mine).toHaveLength(1);
      expect(mine()[0]).toMatchObject({ event: 'credentials.refused', code: slug });
      return answer;
    },
    stop: async () => {
      server.closeAllConnections();
      await machine.stop();
      await Promise.all([issuer.stop(), canary.stop(), sts.stop(), new Promise((resolve) => server.close(resolve))]);
    },
  };
}

/** What a vend gives, as far as tests look at it. */
export interface Vended {
  readonly Token: string;
  readonly Tenant: string;
  readonly Expiration: string;
  readonly SourceIdentity: string;
  readonly RequestId: string;
  readonly AccessKeyId: string;
}

/** Asks, and expects credentials. */
export async function vendAt({ ask }: Door, request: Ask = {}): Promise<Vended> {
  const answer = await ask(request);
  expect([answer.status, answer.slug]).toEqual([200, undefined]);
  return JSON.parse(answer.body) as Vended;
}

/** SEC-RESP-03, of all that a function wrote while it was tested. */
export function expectSilence({ written }: Door, leastLines: number): void {
  const lines = written().split('\n').slice(0, -1);
  expect(lines.length).toBeGreaterThan(leastLines);
  expect(lines.filter((line) => /eyJ[\w-]+\.eyJ|ledger-\d|vectorSecret/.test(line))).toEqual([]);
  for (const secret of [execution.AWS_SECRET_ACCESS_KEY, execution.AWS_SESSION_TOKEN])
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  expect(lines.every((line) => typeof JSON.parse(line) === 'object')).toBe(true);
}

function capture(): { readonly log: (text: string) => void; readonly written: () => string } {
  let text = '';
  return { log: (more) => void (text += more), written: () => text };
}

function configOf(issuer: string, changes: { readonly issuer?: Json; readonly config?: Json }): Json {
  return {
    issuers: [
      {
        name: 'main',
        issuer,
        audiences: ['tvm'],
        algorithms: ['RS256', 'RS512', 'ES256'],
        tenant: { claim: 'tenant' },
        ...changes.issuer,
      },
    ],
    permissionSets: {
      documents: permissionSet('s3:GetObject'),
      admin: { ...permissionSet('s3:*'), requires: [{ claim: 'role', equals: 'admin' }] },
    },
    defaultPermissionSet: 'documents',
    cors: { origins: ['https://app.example.com'] },
    ...changes.config,
  };
}

/** A permission set over one prefix of a bucket, of the role that the scripted STS names in its answers. */
export function permissionSet(action: string, more: Json = {}): Json {
  return {
    roleArn: 'arn:aws:iam::111122223333:role/role',
    statements: [{ Effect: 'Allow', Action: action, Resource: 'arn:aws:s3:::b/{{tenant}}/*' }],
    ...more,
  };
}

function send(
  port: number,
  { method = 'GET', path = '/v1/credentials', headers = {}, body }: Ask,
  authorization: Ask['authorization'],
): Promise<Answer> {
  const all: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries({ ...(authorization === null ? {} : { authorization }), ...headers }))
    if (value !== undefined) all[name] = typeof value === 'string' ? value : [...value];
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port, method, path, headers: all, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
          body: text,
          slug: slugOf(text),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function slugOf(body: string): string | undefined {
  const read = body.startsWith('{') ? (JSON.parse(body) as { readonly type?: string }) : {};
  return read.type?.split('#')[1];
}
