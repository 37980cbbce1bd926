// Payload format 1.0: API Gateway REST APIs, and HTTP APIs set to it. Queries arrive decoded; repeated headers and parameters
// stand in the multiValue members only. requestContext.authorizer is never read.
// @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
import { fields, merged, readBody, readHeaders, readQuery, readRequestId, text, withoutPrefix } from './dialect.ts';
import type { Dialect, Fields } from './dialect.ts';

export const restApi: Dialect = {
  fromEvent: (event, settings) => {
    const context = fields(event['requestContext']);
    const sourceIp = text(fields(context['identity'])['sourceIp']);
    return {
      method: (text(event['httpMethod']) ?? 'GET').toUpperCase(),
      path: withoutPrefix(readPath(event, context), settings.basePath),
      query: readQuery(merged(event['queryStringParameters'], event['multiValueQueryStringParameters'])),
      headers: readHeaders(merged(event['headers'], event['multiValueHeaders'])),
      body: readBody(event),
      requestId: readRequestId(context['requestId'], settings),
      ...(sourceIp === undefined ? {} : { sourceIp }),
    };
  },
  toResult: ({ status, headers, body }) => ({ statusCode: status, headers, body, isBase64Encoded: false }),
};

/** A REST API keeps the stage in requestContext.path only, an HTTP API in both: it is taken off where it is there, and not
 * where a stage is named like our first segment (`v1`) and is off already. */
function readPath(event: Fields, context: Fields): string {
  const path = text(event['path']) ?? '';
  const stage = text(context['stage']);
  if (stage === undefined || stage === '$default' || context['path'] === `/${stage}${path}`) return path;
  return withoutPrefix(path, `/${stage}`);
}
