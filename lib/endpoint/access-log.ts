// What an access log line may hold, and the check that nothing else gets in by an escape hatch.
// Never a header, a query, a body or a path: a caller may put a token into each.
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';

const both = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  status: '$context.status',
  httpMethod: '$context.httpMethod',
  sourceIp: '$context.identity.sourceIp',
  protocol: '$context.protocol',
  responseLength: '$context.responseLength',
  responseLatency: '$context.responseLatency',
} as const;

/** Fields of HTTP APIs, by their name in the line.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
const httpFields = {
  requestId: both.requestId,
  time: both.time,
  status: both.status,
  routeKey: '$context.routeKey',
  httpMethod: both.httpMethod,
  sourceIp: both.sourceIp,
  protocol: both.protocol,
  responseLength: both.responseLength,
  responseLatency: both.responseLatency,
  integrationLatency: '$context.integrationLatency',
  integrationStatus: '$context.integrationStatus',
  integrationError: '$context.integrationErrorMessage',
  error: '$context.error.message',
} as const;

/** Fields of REST APIs; the web ACL's answer says why a request never reached the function.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html */
const restFields = {
  ...both,
  resourcePath: '$context.resourcePath',
  integrationLatency: '$context.integration.latency',
  integrationStatus: '$context.integration.integrationStatus',
  integrationError: '$context.integrationErrorMessage',
  error: '$context.error.message',
  webAclStatus: '$context.waf.status',
} as const;

/** The format for HTTP APIs. */
export const httpAccessLogFormat = AccessLogFormat.custom(JSON.stringify(httpFields));

/** The format for REST APIs. */
export const restAccessLogFormat = AccessLogFormat.custom(JSON.stringify(restFields));

/** Issues of a stage's rendered log settings, as `addValidation` takes them. Escape hatches reach the stage; a format with a header or path
 * in it would write tokens into a log. */
export function validateAccessLogFormat(stage: IConstruct, settings: unknown): string[] {
  if (typeof settings !== 'object' || settings === null || !('Format' in settings)) return [];
  // A format of tokens or intrinsics is as good as unknown, and none of ours.
  const text = typeof settings.Format === 'string' ? settings.Format : `$unknown ${JSON.stringify(settings.Format)}`;
  const allowed = new Set<string>([...Object.values(httpFields), ...Object.values(restFields)]);
  const odd = (text.match(/\$[A-Za-z][A-Za-z0-9._-]*/g) ?? []).filter((field) => !allowed.has(field));
  if (odd.length === 0) return [];
  return [
    new SynthError(
      'TvmLogFormat',
      {
        what: 'The access log would hold what a caller sent',
        got: odd.join(', '),
        allowed: [...allowed].join(', '),
        fix: 'leave the access log format as the construct sets it',
      },
      stage,
    ).report,
  ];
}
