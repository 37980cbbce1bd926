// An emulation of the HTTP API in front of the function: a request becomes an event of payload format 2.0, the result becomes
// the answer. It does what the real one does to a request and nothing more.
// @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isRecord } from '../core/iam/syntax.ts';

/** Bytes the real gateway takes: 10 MB of body. Larger is its own 413, not the function's. */
const maxBodyBytes = 10 * 1024 * 1024;

/** What identifies this gateway in an event. */
export interface GatewaySettings {
  readonly accountId: string;
  readonly now: () => number;
}

/** Passes one request to the function and its result back. Never rejects. */
export async function handleWithFunction(
  request: IncomingMessage,
  response: ServerResponse,
  settings: GatewaySettings,
  invoke: (event: unknown) => Promise<unknown>,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) return answerOwn(response, 413, 'Request Entity Too Large');
  try {
    writeResult(response, await invoke(toEvent(request, body, settings)));
  } catch {
    // As the real gateway: the function's own words never reach the caller.
    answerOwn(response, 500, 'Internal Server Error');
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks);
}

/** The event of payload format 2.0. Only JSON, XML and text bodies stay text; forms arrive base64-encoded, as on AWS. */
export function toEvent(request: IncomingMessage, body: Buffer, settings: GatewaySettings): unknown {
  const [rawPath = '/', rawQueryString = ''] = splitOnce(request.url ?? '/', '?');
  const { headers, cookies } = joinHeaders(request);
  const isText = /^(?:text\/|application\/(?:json|javascript|xml|[\w.+-]+\+(?:json|xml)))/i.test(
    headers['content-type'] ?? '',
  );
  const now = settings.now();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers: {
      ...headers,
      'x-forwarded-for': request.socket.remoteAddress ?? '127.0.0.1',
      'x-forwarded-proto': 'http',
    },
    requestContext: {
      accountId: settings.accountId,
      apiId: 'local',
      domainName: headers['host'] ?? '127.0.0.1',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date(now).toISOString(),
      timeEpoch: now,
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** Header names in lower case, repeated ones joined by a comma, cookies apart. */
function joinHeaders(request: IncomingMessage): {
  readonly headers: Record<string, string>;
  readonly cookies: readonly string[];
} {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]!.toLowerCase();
    const value = request.rawHeaders[index + 1]!;
    if (name === 'cookie') cookies.push(...value.split(/; */));
    else headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return { headers, cookies };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function writeResult(response: ServerResponse, result: unknown): void {
  if (!isRecord(result) || typeof result['statusCode'] !== 'number')
    return answerOwn(response, 500, 'Internal Server Error');
  for (const [name, value] of Object.entries(isRecord(result['headers']) ? result['headers'] : {}))
    response.setHeader(name, String(value));
  const body = typeof result['body'] === 'string' ? result['body'] : '';
  response.statusCode = result['statusCode'];
  response.end(Buffer.from(body, result['isBase64Encoded'] === true ? 'base64' : 'utf8'));
}

function answerOwn(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ message }));
}
