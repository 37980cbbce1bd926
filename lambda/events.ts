// Which dialect an event speaks. Picks and passes on, decides nothing, and takes any JSON at all: an event that is no request
// becomes one for nothing, which is a 404.
import { isRecord } from '../core/iam/syntax.ts';
import type { HttpRequest, HttpResponse } from '../core/protocol/http.ts';
import { fields, type Dialect, type EventSettings, type Result } from './events/dialect.ts';
import { loadBalancer } from './events/load-balancer.ts';
import { payloadV2 } from './events/payload-v2.ts';
import { restApi } from './events/rest-api.ts';

export type { EventSettings, Result } from './events/dialect.ts';

/** By members that the gateway itself writes; headers and bodies cannot bring them. */
function dialectOf(event: unknown): Dialect {
  const { requestContext, httpMethod } = fields(event);
  const context = fields(requestContext);
  if (isRecord(context['elb'])) return loadBalancer;
  return typeof httpMethod === 'string' && !isRecord(context['http']) ? restApi : payloadV2;
}

/** Reads an event of any dialect. */
export function fromEvent(event: unknown, settings: EventSettings): HttpRequest {
  return dialectOf(event).fromEvent(fields(event), settings);
}

/** Writes an answer in the dialect of the event that it answers. */
export function toResult(response: HttpResponse, event: unknown): Result {
  return dialectOf(event).toResult(response, fields(event));
}
