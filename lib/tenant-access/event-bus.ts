// Sending events to an EventBridge bus of which each tenant has one. On a shared bus nothing that AWS checks says whose an
// event is: source and detail type are the sender's own words. Must never grant rules or targets.
import type { IConstruct } from 'constructs';
import { describeByName, type NamedKind } from './by-name.ts';
import type { TenantStatement } from './statement.ts';

/** Options of `TenantAccess.eventBus`. */
export interface EventBusOptions {
  /** What stands before the tenant id in the bus name; ends with `-`, `_`, `.` or `/`, and no other bus's name starts with it. */
  readonly prefix: string;
}

const buses: NamedKind = {
  noun: 'event bus',
  service: 'events',
  resource: (name) => `event-bus/${name}`,
  characters: /^[A-Za-z0-9_./-]*$/,
  endings: '-_./',
  example: 'tenant-',
};

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
 */
export function describeEventBusAccess(scope: IConstruct, { prefix }: EventBusOptions): readonly TenantStatement[] {
  return [describeByName(scope, buses, 'events:PutEvents', prefix)];
}
