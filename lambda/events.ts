// Event dialects: a gateway's event to an HttpRequest, an HttpResponse to its result. Translates, decides nothing, and answers
// any JSON at all: an event that is no request becomes one for nothing, which is a 404.
// @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
import { isRecord } from '../core/iam/syntax.ts';
import type { HttpRequest, HttpResponse } from '../core/protocol/http.ts';

type Record_ = Readonly<Record<string, unknown>>;

/** Result of the HTTP API and Function URL dialect (payload format 2.0). */
export interface ResultV2 {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** Reads an event of payload format 2.0. `newRequestId` names a request that came without an id; `basePath` is stripped. */
export function fromEvent(event: unknown, newRequestId: () => string, basePath: string): HttpRequest {
  const source: Record_ = isRecord(event) ? event : {};
  const context = record(source['requestContext']);
  const http = record(context['http']);
  const sourceIp = text(http['sourceIp']);
  return {
    method: (text(http['method']) ?? 'GET').toUpperCase(),
    path: stripPrefix(text(source['rawPath']) ?? '', text(context['stage']), basePath),
    query: parseQuery(text(source['rawQueryString']) ?? ''),
    headers: readHeaders(record(source['headers']), source['cookies']),
    body: readBody(source),
    // The gateway's own id, so that its access log, our audit record and the caller's answer name the same request.
    requestId: safeId(text(context['requestId'])) ?? newRequestId(),
    ...(sourceIp === undefined ? {} : { sourceIp }),
  };
}

/** Writes an answer in payload format 2.0. */
export function toResult(response: HttpResponse): ResultV2 {
  return { statusCode: response.status, headers: response.headers, body: response.body, isBase64Encoded: false };
}

/** A named stage is part of rawPath, and a custom domain's base path too; neither is part of our paths. */
function stripPrefix(rawPath: string, stage: string | undefined, basePath: string): string {
  let path = rawPath;
  if (stage !== undefined && stage !== '$default') path = withoutPrefix(path, `/${stage}`);
  return basePath === '' ? path : withoutPrefix(path, basePath);
}

function withoutPrefix(path: string, prefix: string): string {
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

function parseQuery(raw: string): ReadonlyMap<string, readonly string[]> {
  const query = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(raw)) query.set(name, [...(query.get(name) ?? []), value]);
  return query;
}

/** Headers as lists. The gateway joins repeated headers with a comma; a token or a media type holds none, so a joined
 * Authorization still reads as two and is refused. */
function readHeaders(headers: Record_, cookies: unknown): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') continue;
    const key = name.toLowerCase();
    const values = key === 'authorization' ? value.split(/, */) : [value];
    lists.set(key, [...(lists.get(key) ?? []), ...values]);
  }
  if (Array.isArray(cookies)) lists.set('cookie', cookies.map(String));
  return lists;
}

function readBody(event: Record_): Uint8Array {
  const body = text(event['body']);
  if (body === undefined) return new Uint8Array();
  return Buffer.from(body, event['isBase64Encoded'] === true ? 'base64' : 'utf8');
}

function safeId(value: string | undefined): string | undefined {
  return value !== undefined && /^[\w=+/.-]{1,128}$/.test(value) ? value : undefined;
}

function record(value: unknown): Record_ {
  return isRecord(value) ? value : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
