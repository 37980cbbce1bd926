// Keys, tokens and scripted peers for the adapters' tests: an issuer whose answers a test chooses, and an STS likewise.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { AssumeRoleInput } from '../../core/session.ts';

/** A key pair with its public JWK. */
export interface TestKey {
  readonly privateKey: KeyObject;
  readonly jwk: Record<string, unknown>;
}

export function rsaKey(kid: string, modulusLength = 2048): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } };
}

export function ecKey(kid: string, namedCurve: 'P-256' | 'P-384' | 'P-521' = 'P-256'): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } };
}

export function base64Url(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** Signs a compact JWS with whatever header and claims a test wants, without any library having an opinion. */
export function signToken(key: TestKey, header: Readonly<Record<string, unknown>>, claims: unknown): string {
  const input = `${base64Url(header)}.${base64Url(claims)}`;
  const digest = `sha${String(header['alg']).slice(2) || '256'}`;
  const isEc = key.jwk['kty'] === 'EC';
  const signature = sign(/^sha(?:256|384|512)$/.test(digest) ? digest : 'sha256', Buffer.from(input), {
    key: key.privateKey,
    ...(isEc ? { dsaEncoding: 'ieee-p1363' } : {}),
  });
  return `${input}.${signature.toString('base64url')}`;
}

/** Answers one request. */
export type Script = (request: IncomingMessage, response: ServerResponse, body: string) => void | Promise<void>;

/** A scripted HTTP peer on loopback; `requests` counts by path. */
export interface Peer {
  readonly url: string;
  readonly requests: Map<string, number>;
  /** The connections that were ever opened to it. */
  readonly connections: readonly Socket[];
  script: Script;
  readonly stop: () => Promise<void>;
}

export async function startPeer(script: Script): Promise<Peer> {
  const requests = new Map<string, number>();
  const connections: Socket[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0]!;
      requests.set(path, (requests.get(path) ?? 0) + 1);
      void peer.script(request, response, body);
    });
  });
  server.on('connection', (socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer: Peer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections,
    script,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return peer;
}

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** A call with everything in it. */
export const assumeRoleInput: AssumeRoleInput = {
  roleArn: 'arn:aws:iam::111122223333:role/documents',
  roleSessionName: 'acme@alice',
  policy: '{"Version":"2012-10-17","Statement":[]}',
  policyArns: ['arn:aws:iam::111122223333:policy/ceiling'],
  durationSeconds: 900,
  tags: [
    { key: 'TenantId', value: 'acme' },
    { key: 'Plan', value: '' },
  ],
  transitiveTagKeys: ['TenantId'],
  sourceIdentity: 'alice',
  externalId: 'ext:1',
};

/** The AssumeRole answer that STS gives for a form body. */
export function assumeRoleXml(
  body: string,
  options: { readonly expiration?: string; readonly drop?: string } = {},
): string {
  const form = new URLSearchParams(body);
  const arn = `arn:aws:sts::111122223333:assumed-role/role/${form.get('RoleSessionName') ?? ''}`;
  const expiration =
    options.expiration ?? new Date(Date.now() + Number(form.get('DurationSeconds') ?? 3600) * 1000).toISOString();
  const xml = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId><Arn>${arn}</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIAVECTOR0000000001</AccessKeyId><SecretAccessKey>vectorSecret</SecretAccessKey><SessionToken>vectorToken</SessionToken><Expiration>${expiration}</Expiration></Credentials><PackedPolicySize>6</PackedPolicySize></AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>`;
  return options.drop === undefined ? xml : xml.replace(new RegExp(`<${options.drop}>.*?</${options.drop}>`), '');
}

export function stsErrorXml(code: string, message = 'scripted'): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
}

export function answerXml(response: ServerResponse, xml: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
}
