// Cross-origin headers of local AWS, for exactly the origins that the machine's configuration lists: a page that may vend may also
// use what it was given. Real DynamoDB answers every origin, and a real bucket those of its own CORS rules.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
import type { IncomingMessage } from 'node:http';
import type { HttpAnswer } from './refusal.ts';

const methods = 'GET, HEAD, PUT, POST, DELETE';
const exposed = 'ETag, x-amz-request-id, x-amz-id-2, x-amzn-requestid';

/** Headers for this request's origin; empty where it is not listed, so that a browser keeps the answer from the page. */
export function corsHeaders(message: IncomingMessage, origins: readonly string[]): Readonly<Record<string, string>> {
  const { origin } = message.headers;
  if (origin === undefined || !origins.includes(origin)) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed, vary: 'Origin' };
}

/** The answer to a preflight of a listed origin, which browsers send without a signature; undefined for every other request. */
export function answerPreflight(message: IncomingMessage, origins: readonly string[]): HttpAnswer | undefined {
  const { origin, 'access-control-request-method': method, 'access-control-request-headers': asked } = message.headers;
  if (message.method !== 'OPTIONS' || method === undefined) return undefined;
  if (origin === undefined || !origins.includes(origin)) return undefined;
  return {
    status: 200,
    headers: {
      'access-control-allow-methods': methods,
      // As a bucket rule that allows every header: which ones an SDK signs is its own business.
      ...(asked === undefined || !/^[\w, -]*$/.test(asked) ? {} : { 'access-control-allow-headers': asked }),
      'access-control-max-age': '600',
    },
    body: '',
  };
}
