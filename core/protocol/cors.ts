// Cross-origin headers, for exactly the configured origins and nobody else; refusals carry them too, or a browser would hide
// the reason from the page.
// @see https://fetch.spec.whatwg.org/#http-cors-protocol
import type { VendingConfig } from '../config.ts';
import type { HttpRequest } from './http.ts';
import type { Route } from './routes.ts';

/** What AWS SDKs add to a request, in browsers too. */
const sdkHeaders = 'amz-sdk-invocation-id, amz-sdk-request, x-amz-user-agent';

/** Headers for this request's origin; empty where it is not configured. `route` is what the path found, if anything. */
export function corsHeaders(
  config: VendingConfig,
  request: HttpRequest,
  route: Pick<Route, 'kind' | 'methods'> | undefined,
): Readonly<Record<string, string>> {
  const origins = request.headers.get('origin') ?? [];
  const origin = origins.length === 1 ? origins[0]! : undefined;
  if (origin === undefined || config.cors === undefined || !config.cors.origins.includes(origin)) return {};
  const allow = { 'Access-Control-Allow-Origin': origin };
  if (request.method !== 'OPTIONS') {
    const exposed = `X-Request-Id, Retry-After, ${route?.kind === 'sts' ? 'x-amzn-requestid' : 'WWW-Authenticate'}`;
    return { ...allow, 'Access-Control-Expose-Headers': exposed };
  }
  return {
    ...allow,
    'Access-Control-Allow-Methods': (route?.methods ?? []).join(', '),
    'Access-Control-Allow-Headers':
      route?.kind === 'sts' ? `Content-Type, Accept, ${sdkHeaders}` : 'Authorization, Content-Type, Accept',
    'Access-Control-Max-Age': String(config.cors.maxAgeSeconds ?? 600),
  };
}
