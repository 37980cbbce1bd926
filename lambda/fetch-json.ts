// The GET of issuer discovery and key sets: https (http for loopback only, by the caller's check). It must only ever see addresses
// an operator configured, or that a configured issuer's own document named.
import { openOrigin } from './http-exchange.ts';

/** Bounds of one fetch. */
export interface FetchBounds {
  readonly maxBytes: number;
  /** Milliseconds for connection and answer. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** GETs a JSON document. Rejects on any status but 200 (redirects included), on too many bytes, on an abort and on what is no JSON. */
export async function fetchJson(address: string, { maxBytes, timeout, signal }: FetchBounds): Promise<unknown> {
  const url = new URL(address);
  const bounds = { keepsConnections: false, connectTimeout: timeout, answerTimeout: timeout, maxBytes };
  const headers = { host: url.host, accept: 'application/json', 'accept-encoding': 'identity' };
  const path = `${url.pathname}${url.search}`;
  const { status, text } = await openOrigin(url, bounds).exchange({ method: 'GET', path, headers, body: '', signal });
  if (status !== 200) throw new TypeError(`status ${status}`);
  return JSON.parse(text) as unknown;
}
