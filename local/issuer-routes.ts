// HTTP in front of the local issuer: `/oidc` is the first trusted issuer, `/oidc/<name>` each other one.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toTvmError } from '../core/errors.ts';
import type { LocalIssuer } from './issuer.ts';
import { parseMintRequest } from './issuer.ts';

/** Answers what lies below `/oidc`; false where the path is another's. `baseUrl` is the TVM's own URL. */
export async function handleIssuer(
  request: IncomingMessage,
  response: ServerResponse,
  issuer: LocalIssuer,
  baseUrl: string,
): Promise<boolean> {
  const path = (request.url ?? '').split('?')[0]!;
  if (path !== '/oidc' && !path.startsWith('/oidc/')) return false;
  const [, name, document] =
    /^\/oidc(\/[\w.-]+)??(\/\.well-known\/openid-configuration|\/jwks|\/token)$/.exec(path) ?? [];
  if (document === '/token') await answerToken(request, response, issuer);
  else if (request.method !== 'GET' || document === undefined)
    answer(response, 404, { message: 'the local issuer has no such path' });
  else if (document === '/jwks') answer(response, 200, issuer.keys);
  else {
    const identifier = `${baseUrl}/oidc${name ?? ''}`;
    answer(response, 200, {
      issuer: identifier,
      jwks_uri: `${baseUrl}/oidc/jwks`,
      token_endpoint: `${baseUrl}/oidc/token`,
      id_token_signing_alg_values_supported: issuer.keys.keys.map(({ alg }) => alg),
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
    });
  }
  return true;
}

async function answerToken(request: IncomingMessage, response: ServerResponse, issuer: LocalIssuer): Promise<void> {
  if (request.method !== 'POST') return answer(response, 405, { message: 'POST {"tenant","subject"} to get a token' });
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    answer(response, 200, { token: await issuer.mint(parseMintRequest(text === '' ? {} : JSON.parse(text))) });
  } catch (thrown) {
    // A local tool for developers: unlike the product's own answers, this one says exactly what is wrong.
    const message = thrown instanceof SyntaxError ? 'the body is not JSON' : (toTvmError(thrown).detail ?? 'failed');
    answer(response, 400, { message });
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    .end(JSON.stringify(body));
}
