// Payload format 2.0: API Gateway HTTP APIs and Lambda Function URLs (whose requestContext.domainName is *.lambda-url.*).
// requestContext.authorizer is never read: on a Function URL anyone who may invoke the function writes the whole event.
// @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
// @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
import { entriesOf, fields, readBody, readHeaders, readQuery, readRequestId, text, withoutPrefix } from './dialect.ts';
import type { Dialect } from './dialect.ts';

export const payloadV2: Dialect = {
  fromEvent: (event, settings) => {
    const context = fields(event['requestContext']);
    const http = fields(context['http']);
    const sourceIp = text(http['sourceIp']);
    const stage = text(context['stage']);
    const rawPath = text(event['rawPath']) ?? '';
    // A named stage is part of rawPath.
    const path = stage === undefined || stage === '$default' ? rawPath : withoutPrefix(rawPath, `/${stage}`);
    const cookies = Array.isArray(event['cookies']) ? { cookie: event['cookies'] } : {};
    return {
      method: (text(http['method']) ?? 'GET').toUpperCase(),
      path: withoutPrefix(path, settings.basePath),
      query: readQuery(new URLSearchParams(text(event['rawQueryString']) ?? '')),
      headers: readHeaders(entriesOf(event['headers'], cookies)),
      body: readBody(event),
      requestId: readRequestId(context['requestId'], settings),
      ...(sourceIp === undefined ? {} : { sourceIp }),
    };
  },
  toResult: ({ status, headers, body }) => ({ statusCode: status, headers, body, isBase64Encoded: false }),
};
