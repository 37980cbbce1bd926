// The base path of a machine behind a custom domain or on somebody's API, and the paths that it may not be named like.
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';

/** The function's environment variable with the base path, which its start reads. */
export const basePathVariable = 'TVM_BASE_PATH';

/** First segments of the machine's own paths. Some gateways take a mapped path off and some leave it on; with one of these names
 * nobody could tell which happened, and the handler would take off one segment too many. */
const ownSegments = new Set(['v1', 'sts', 'healthz', 'openapi.json', '.well-known']);

/**
 * The base path as the handler wants it: `/tvm`, `/a/b`, or empty for none.
 * @throws SynthError `TvmOptionInvalid`
 */
export function toBasePath(basePath: string | undefined, scope: IConstruct): string {
  if (basePath === undefined) return '';
  const segments = basePath.split('/');
  const isPlain = segments.every((segment) => /^[A-Za-z0-9_-](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?$/.test(segment));
  if (isPlain && !ownSegments.has(segments[0] ?? '')) return `/${basePath}`;
  throw new SynthError(
    'TvmOptionInvalid',
    {
      what: 'The base path cannot be used',
      got: JSON.stringify(basePath),
      allowed: `segments of letters, digits and ._- without a slash at either end, the first none of ${[...ownSegments].join(', ')}`,
      fix: 'use a word of your own, such as "tvm"',
    },
    scope,
  );
}
