// What a function stands on, faked on loopback in a process of its own so that its work is nobody's figure: an issuer with one
// RSA key, and an STS that answers at once. Prints one JSON line when ready: where they are, and a token.
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The line that is printed. */
export interface Upstreams {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly sts: string;
  /** RS256, of tenant acme, for the audience `tvm`, valid for a day. */
  readonly token: string;
}

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwks = JSON.stringify({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256', use: 'sig' }],
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const issuer = await listen((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(request.url === '/jwks' ? jwks : JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }));
});

const sts = await listen((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    const name = new URLSearchParams(body).get('RoleSessionName') ?? 'x';
    const expiration = new Date(Date.now() + 3_600_000).toISOString();
    response.setHeader('content-type', 'text/xml');
    response.end(
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>AROABENCH:${name}</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/documents/${name}</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIABENCH00000000001</AccessKeyId><SecretAccessKey>benchSecret</SecretAccessKey><SessionToken>${'t'.repeat(800)}</SessionToken><Expiration>${expiration}</Expiration></Credentials><PackedPolicySize>12</PackedPolicySize></AssumeRoleResult><ResponseMetadata><RequestId>bench</RequestId></ResponseMetadata></AssumeRoleResponse>`,
    );
  });
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = Math.floor(Date.now() / 1000);
const input = `${encode({ alg: 'RS256', kid: 'bench', typ: 'JWT' })}.${encode({ iss: issuer, aud: 'tvm', sub: 'alice', tenant: 'acme', iat: seconds, exp: seconds + 86_000 })}`;
const token = `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;

console.log(JSON.stringify({ issuer, jwksUri: `${issuer}/jwks`, sts, token } satisfies Upstreams));
