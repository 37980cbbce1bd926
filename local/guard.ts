// Who may talk to a local server: this machine, by a loopback name, and no web page of another site. Local servers are what
// DNS rebinding and cross-site requests aim at.
import type { IncomingMessage } from 'node:http';
import { isLoopbackHost } from '../core/url.ts';

/** Why the request is refused, or undefined. `allowedOrigins` may call across origins (configured CORS origins). */
export function refuseForeign(
  request: IncomingMessage,
  port: number,
  allowedOrigins: readonly string[] = [],
): string | undefined {
  const host = request.headers.host ?? '';
  // A name of an attacker's domain can resolve to 127.0.0.1; only the Host header still tells.
  if (!URL.canParse(`http://${host}`)) return 'the Host header is malformed';
  const url = new URL(`http://${host}`);
  if (!isLoopbackHost(url.hostname) || Number(url.port === '' ? 80 : url.port) !== port)
    return 'the Host header is foreign';
  const { origin } = request.headers;
  if (origin !== undefined && !allowedOrigins.includes(origin) && !isOwnOrigin(origin, port))
    return 'the Origin is another site';
  const site = request.headers['sec-fetch-site'];
  const crosses = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (crosses && (origin === undefined || !allowedOrigins.includes(origin))) return 'a page of another site sent this';
  return undefined;
}

function isOwnOrigin(origin: string, port: number): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.protocol === 'http:' && isLoopbackHost(url.hostname) && Number(url.port) === port;
}
