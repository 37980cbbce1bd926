// Requests that no SDK would send: exact targets, the SDK's own signer, and nothing in between that normalises them.
import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { region } from './account-fixture.ts';

/** Credentials as SDK clients take them. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Absent: a long-term key. */
  readonly sessionToken?: string;
}

/** Where to send. */
export interface Port {
  readonly port: number;
}

export interface RawRequest {
  readonly method?: string;
  /** Path with query, exactly as it goes over the wire. */
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends a request exactly as given: no client normalises the path. */
export function sendRaw(
  room: Port,
  { method = 'GET', target = '/', headers = {}, body }: RawRequest,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: room.port, method, path: target, headers, agent: false };
    const outgoing = httpRequest(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Signs a request with the SDK's own signer. The target's query is taken apart; its path stays as it is. */
export async function signRaw(
  room: Port,
  keys: Keys,
  service: string,
  request: RawRequest,
  options: { readonly signingDate?: Date; readonly signingRegion?: string } = {},
): Promise<Required<Pick<RawRequest, 'method' | 'target' | 'headers'>> & RawRequest> {
  const signer = new SignatureV4({
    credentials: { ...keys },
    region,
    service,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const { method = 'GET', target = '/', headers = {}, body } = request;
  const signed = await signer.sign(
    toSmithy(room, { method, target, headers, ...(body === undefined ? {} : { body }) }),
    options,
  );
  return { ...request, method, target, headers: signed.headers };
}

/** Presigns a request; gives its target. */
export async function presignRaw(
  room: Port,
  keys: Keys,
  service: string,
  request: RawRequest,
  options: { readonly expiresIn?: number; readonly signingDate?: Date } = {},
): Promise<string> {
  const signer = new SignatureV4({
    credentials: { ...keys },
    region,
    service,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const smithy = toSmithy(room, request);
  if (service === 's3') smithy.headers['X-Amz-Content-Sha256'] = 'UNSIGNED-PAYLOAD';
  const signed = await signer.presign(smithy, options);
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `${signed.path}?${query.join('&')}`;
}

function toSmithy(room: Port, { method = 'GET', target = '/', headers = {}, body }: RawRequest): HttpRequest {
  const [path = '/', search = ''] = target.split('?');
  const query: Record<string, string> = {};
  for (const piece of search.split('&').filter((text) => text !== '')) {
    const [name = '', value = ''] = piece.split('=');
    query[decodeURIComponent(name)] = decodeURIComponent(value);
  }
  return new HttpRequest({
    method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: room.port,
    path,
    query,
    headers: { host: `127.0.0.1:${room.port}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** SHA-256 in the form the signer takes. */
class Sha256 {
  readonly #secret: Buffer | undefined;
  #chunks: Uint8Array[] = [];

  constructor(secret?: unknown) {
    this.#secret = secret === undefined ? undefined : Buffer.from(secret as Uint8Array);
  }

  update(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  async digest(): Promise<Uint8Array> {
    const data = Buffer.concat(this.#chunks);
    if (this.#secret === undefined) return createHash('sha256').update(data).digest();
    return createHmac('sha256', this.#secret).update(data).digest();
  }

  reset(): void {
    this.#chunks = [];
  }
}
