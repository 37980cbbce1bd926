// Application Load Balancers. Headers and queries come single or as lists, by a setting of the target group, and the answer
// must come the same way. Turn the lists on: without them a load balancer shows the last of repeated headers only.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
import { isIP } from 'node:net';
import { isRecord } from '../../core/iam/syntax.ts';
import { merged, readBody, readHeaders, readQuery, readRequestId, text, withoutPrefix } from './dialect.ts';
import type { Dialect } from './dialect.ts';

// Not imported: on Node 22 and later an ESM import of node:http loads undici (see build.ts).
const { STATUS_CODES: statusTexts } = process.getBuiltinModule('node:http');

export const loadBalancer: Dialect = {
  fromEvent: (event, settings) => {
    const headers = readHeaders(merged(event['headers'], event['multiValueHeaders']));
    const sourceIp = readSourceIp(headers.get('x-forwarded-for')?.[0]);
    return {
      method: (text(event['httpMethod']) ?? 'GET').toUpperCase(),
      path: withoutPrefix(text(event['path']) ?? '', settings.basePath),
      query: readQuery(decode(merged(event['queryStringParameters'], event['multiValueQueryStringParameters']))),
      headers,
      body: readBody(event),
      // A load balancer gives no id. Its X-Amzn-Trace-Id keeps a caller's own Root, so it names nothing for certain.
      requestId: readRequestId(undefined, settings),
      ...(sourceIp === undefined ? {} : { sourceIp }),
    };
  },
  toResult: ({ status, headers, body }, event) => ({
    statusCode: status,
    statusDescription: `${status} ${statusTexts[status] ?? ''}`.trimEnd(),
    ...(isRecord(event['multiValueHeaders'])
      ? { multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])) }
      : { headers }),
    body,
    isBase64Encoded: false,
  }),
};

/** A load balancer hands the query over as it was written, percent-encoded. */
function decode(entries: readonly (readonly [string, string])[]): Iterable<readonly [string, string]> {
  return new URLSearchParams(entries.map(([name, value]) => `${name}=${value}`).join('&'));
}

/** The load balancer appends the address it saw; everything before it is the caller's claim. With client port preservation
 * the entry has a port. */
function readSourceIp(forwarded: string | undefined): string | undefined {
  const last = forwarded?.split(',').at(-1)?.trim() ?? '';
  const address = isIP(last) === 0 ? last.replace(/^\[(.+)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/, '$1$2') : last;
  return isIP(address) === 0 ? undefined : address;
}
