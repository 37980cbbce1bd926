// A container-credentials endpoint for SDKs on this machine: loopback only, a random port, a random token. Web pages and other
// users of this machine are what it must withstand, so whatever an SDK would never send is refused before the token is looked at.
// @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CredentialProvider } from '../../client/provider.ts';
import { VendRefusedError } from '../../client/refusal.ts';

/** A running endpoint. */
export interface Endpoint {
  /** For the environment of whoever may have the credentials. */
  readonly variables: {
    readonly AWS_CONTAINER_CREDENTIALS_FULL_URI: string;
    readonly AWS_CONTAINER_AUTHORIZATION_TOKEN: string;
  };
  readonly stop: () => void;
}

const host = '127.0.0.1';
const path = '/v1/credentials';

/** Listens. `onFailure` hears what could not be vended; the answer tells the SDK as well. */
export async function startEndpoint(
  provider: CredentialProvider,
  onFailure: (cause: unknown) => void,
): Promise<Endpoint> {
  const token = randomBytes(32).toString('base64url');
  const server = createServer({ maxHeaderSize: 8_192 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  server.on('request', (request, response) => {
    const refusal = refuseForeign(request, port) ?? refuseCaller(request, token) ?? refuseOther(request);
    if (refusal !== undefined) answer(response, ...refusal);
    else
      vend(provider, onFailure).then(
        (result) => answer(response, ...result),
        () => response.destroy(),
      );
  });
  return {
    variables: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${host}:${port}${path}`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

type Answer = readonly [status: number, document: Readonly<Record<string, string>>];

/** Headers that only browsers and proxies add. Instance metadata refuses X-Forwarded-For for the same reason: an open proxy in
 * front must not turn the whole network into callers. */
const foreign = [
  'origin',
  'referer',
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'sec-fetch-site',
];

function refuseForeign({ headers, rawHeaders }: IncomingMessage, port: number): Answer | undefined {
  // A name of an attacker's domain can resolve to 127.0.0.1 (DNS rebinding); only the Host header still tells.
  const hosts = valuesOf(rawHeaders, 'host');
  if (hosts.length !== 1 || hosts[0] !== `${host}:${port}`) return refuse(403, 'the Host header is foreign');
  const found = foreign.find((name) => headers[name] !== undefined);
  return found === undefined ? undefined : refuse(403, `a request with the header ${found} comes from elsewhere`);
}

function refuseCaller({ rawHeaders }: IncomingMessage, token: string): Answer | undefined {
  const given = valuesOf(rawHeaders, 'authorization');
  if (given.length === 1 && isSame(given[0]!, token)) return undefined;
  return refuse(401, 'the Authorization header does not hold AWS_CONTAINER_AUTHORIZATION_TOKEN');
}

function refuseOther({ method, url }: IncomingMessage): Answer | undefined {
  if (url !== path) return refuse(404, 'there is nothing here');
  return method === 'GET' ? undefined : refuse(405, 'only GET is answered');
}

/** In constant time: by their digests, which are of one length. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === name);
}

async function vend(provider: CredentialProvider, onFailure: (cause: unknown) => void): Promise<Answer> {
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = await provider();
    const document = {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      // Whole seconds: some SDKs parse no fraction.
      Expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
      ...(accountId === undefined ? {} : { AccountId: accountId }),
    };
    return [200, document];
  } catch (cause) {
    onFailure(cause);
    // The machine's public words, constant per code; a 401 of its own would read as a wrong endpoint token.
    if (cause instanceof VendRefusedError && cause.status < 500)
      return [403, { Code: 'AccessDenied', Message: `${cause.message} (${cause.code})` }];
    return [503, { Code: 'ServiceUnavailable', Message: 'The token vending machine gave no credentials.' }];
  }
}

function refuse(status: number, message: string): Answer {
  return [status, { Code: status === 404 ? 'NotFound' : 'AccessDenied', Message: message }];
}

function answer(response: ServerResponse, status: number, document: Readonly<Record<string, string>>): void {
  // No charset: Go and Kotlin compare the whole value.
  const headers = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  response.writeHead(status, headers).end(JSON.stringify(document));
}
