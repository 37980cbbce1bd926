// Cross-origin headers, for exactly the configured origins and nobody else; refusals carry them too, or a browser would hide
// the reason from the page.
// @see https://fetch.spec.whatwg.org/#http-cors-protocol
import type { VendingConfig } from '../config.ts';
import type { HttpRequest } from './http.ts';

/** Headers for this request's origin; empty where it is not configured. */
export function corsHeaders(
  config: VendingConfig,
  request: HttpRequest,
  methods: readonly string[],
): Readonly<Record<string, string>> {
  const origins = request.headers.get('origin') ?? [];
  const origin = origins.length === 1 ? origins[0]! : undefined;
  if (origin === undefined || config.cors === undefined || !config.cors.origins.includes(origin)) return {};
  const allow = { 'Access-Control-Allow-Origin': origin };
  if (request.method !== 'OPTIONS') {
    return { ...allow, 'Access-Control-Expose-Headers': 'X-Request-Id, Retry-After, WWW-Authenticate' };
  }
  return {
    ...allow,
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, Accept',
    'Access-Control-Max-Age': String(config.cors.maxAgeSeconds ?? 600),
  };
}
