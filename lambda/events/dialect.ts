// What every event dialect shares: the shape of a translation, and how headers, queries, bodies and paths are read, so that
// equal requests become equal whatever gateway carried them (property P11).
import { isRecord } from '../../core/iam/syntax.ts';
import type { HttpRequest, HttpResponse } from '../../core/protocol/http.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** What an event does not say. */
export interface EventSettings {
  /** Names a request that came without an id of the gateway's. */
  readonly newRequestId: () => string;
  /** A custom domain's base path (`/tvm`), or empty. */
  readonly basePath: string;
}

/** What a handler returns, in the members that its gateway reads. */
export interface Result {
  readonly statusCode: number;
  /** ALB only. */
  readonly statusDescription?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** ALB with multi-value headers only, and then in place of `headers`. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** A translation in both directions. Decides nothing, and takes any JSON without throwing. */
export interface Dialect {
  readonly fromEvent: (event: Fields, settings: EventSettings) => HttpRequest;
  readonly toResult: (response: HttpResponse, event: Fields) => Result;
}

/** The members of an object; of anything else, none. */
export function fields(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Name and values as they stand in an event: one text, or a list of texts. Anything else is no value. */
export function entriesOf(...sources: readonly unknown[]): readonly (readonly [string, string])[] {
  return sources.flatMap((source) =>
    Object.entries(fields(source)).flatMap(([name, value]) => {
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      return values.filter((one) => typeof one === 'string').map((one) => [name, one] as const);
    }),
  );
}

/** The many-valued member of an event, and out of the single-valued one what it lacks. The single-valued ones hold the last
 * value only, so of a request with two tokens they would show one. */
export function merged(single: unknown, multiple: unknown): readonly (readonly [string, string])[] {
  const seen = new Set(Object.keys(fields(multiple)).map((name) => name.toLowerCase()));
  return [...entriesOf(multiple), ...entriesOf(single).filter(([name]) => !seen.has(name.toLowerCase()))];
}

/** Headers by lower-case name. Some gateways join repeated headers with a comma and some list them: all are joined here, so
 * that no dialect reads what another does not. Only Authorization is split again: a token holds no comma, so a joined one is
 * two and is refused.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.3 */
export function readHeaders(entries: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> {
  const joined = new Map<string, string>();
  for (const [name, value] of entries) {
    const key = name.toLowerCase();
    const before = joined.get(key);
    joined.set(key, before === undefined ? value : `${before}${key === 'cookie' ? '; ' : ','}${value}`);
  }
  return new Map(
    [...joined].map(([key, value]) => [key, key === 'authorization' ? value.split(/, */) : [value]] as const),
  );
}

/** Query parameters by name, in the order they came. */
export function readQuery(entries: Iterable<readonly [string, string]>): ReadonlyMap<string, readonly string[]> {
  const query = new Map<string, string[]>();
  for (const [name, value] of entries) {
    const values = query.get(name);
    if (values === undefined) query.set(name, [value]);
    else values.push(value);
  }
  return query;
}

export function readBody(event: Fields): Uint8Array {
  const body = text(event['body']);
  if (body === undefined) return new Uint8Array();
  return Buffer.from(body, event['isBase64Encoded'] === true ? 'base64' : 'utf8');
}

/** A gateway's id where it can stand in a header and a log line, so that its access log, our audit record and the caller's
 * answer name the same request; else a new one. */
export function readRequestId(id: unknown, { newRequestId }: EventSettings): string {
  return typeof id === 'string' && /^[\w=+/.-]{1,128}$/.test(id) ? id : newRequestId();
}

/** The path without a leading prefix that is no part of our paths. */
export function withoutPrefix(path: string, prefix: string): string {
  return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}
