// The floor: one GET for the keys, one RSA verification, one POST. No check, no scope, no record; nothing that vends can be
// faster, and nothing here may be used.
import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';

const { Agent, request } = process.getBuiltinModule('node:http');
const { BENCH_JWKS = '', AWS_ENDPOINT_URL_STS = '' } = process.env;
const agent = new Agent({ keepAlive: true });

function send(url: string, method: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { method, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end(body);
  });
}

let key: KeyObject | undefined;

interface Event {
  readonly headers: Readonly<Record<string, string>>;
}

export async function handler(event: Event): Promise<{ readonly statusCode: number; readonly body: string }> {
  const [header = '', claims = '', signature = ''] = (event.headers['authorization'] ?? '').slice(7).split('.');
  if (key === undefined) {
    const { keys } = JSON.parse(await send(BENCH_JWKS, 'GET')) as { readonly keys: readonly JsonWebKey[] };
    key = createPublicKey({ key: keys[0]!, format: 'jwk' });
  }
  if (!verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))) {
    return { statusCode: 401, body: '' };
  }
  const xml = await send(
    AWS_ENDPOINT_URL_STS,
    'POST',
    'Action=AssumeRole&Version=2011-06-15&RoleSessionName=acme%40alice',
  );
  return { statusCode: 200, body: JSON.stringify({ key: /<AccessKeyId>([^<]+)/.exec(xml)?.[1] }) };
}
