// A machine as a script of answers, a clock that stands still, and waiting that takes no time.
import type { Fetch } from '../../client/index.ts';

export const start = Date.parse('2026-11-22T12:00:00Z');

/** What a scripted machine saw of one request. */
export interface Seen {
  readonly url: string;
  readonly token: string | null;
  readonly body: unknown;
  readonly redirect: string | undefined;
}

export type Step = () => Response | Promise<Response>;

export const time = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');

/** The machine's 200, vended at `at` for `lifetime` seconds. */
export function vended(at: number, id = 'ASIA1', lifetime = 3600, headers: Record<string, string> = {}): Response {
  const document = {
    Version: 1,
    AccessKeyId: id,
    SecretAccessKey: `secret of ${id}`,
    SessionToken: `session of ${id}`,
    Token: `session of ${id}`,
    Expiration: time(at + lifetime * 1000),
    RefreshAfter: time(at + lifetime * 750),
    AccountId: '111122223333',
  };
  return new Response(JSON.stringify(document), { headers: { 'content-type': 'application/json', ...headers } });
}

export function refused(
  code: string,
  status: number,
  headers: Record<string, string> = {},
  serverTime?: number,
): Response {
  const document = {
    type: `https://example.com/errors.md#${code}`,
    status,
    Message: `constant text of ${code}`,
    RequestId: 'r-1',
    ...(serverTime === undefined ? {} : { ServerTime: time(serverTime) }),
  };
  return new Response(JSON.stringify(document), { status, headers });
}

/** A fetch that answers with one step after the other; the last one stays. */
export function scripted(...steps: readonly Step[]): { readonly fetch: Fetch; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  const fetch: Fetch = async (url, init) => {
    const token = new Headers(init.headers).get('authorization');
    seen.push({ url, token, body: JSON.parse((init.body ?? 'null') as string), redirect: init.redirect });
    return (steps[seen.length - 1] ?? steps.at(-1)!)();
  };
  return { fetch, seen };
}
