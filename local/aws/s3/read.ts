// GetObject and HeadObject answers: conditions, ranges, and the headers that were stored.
import type { HttpAnswer } from '../refusal.ts';
import { checksumHeader } from './checksum.ts';
import { s3Error } from './errors.ts';
import { checkConditions } from './find.ts';
import type { ByteRange, ReadObject } from './operation.ts';
import type { StoredObject } from './store.ts';
import { empty, quoted } from './xml.ts';

/** The answer for an object that was found. */
export function answerObject(operation: ReadObject, object: StoredObject): HttpAnswer {
  const { body, etag, lastModified, headers, checksum } = object;
  const identity = { etag: quoted(etag), 'last-modified': new Date(lastModified).toUTCString() };
  const outcome = checkConditions(operation.conditions, object);
  if (outcome === 'failed') throw s3Error('PreconditionFailed');
  if (outcome === 'not-modified') return empty(304, identity);
  const slice = operation.range === undefined ? undefined : toSlice(operation.range, body.length);
  const bytes = slice === undefined ? body : body.subarray(slice.first, slice.last + 1);
  // A checksum is the whole object's; beside a part of it, clients would find it wrong.
  const shown = operation.withChecksum && slice === undefined ? checksum : undefined;
  const metadata = Object.entries(headers.metadata).map(([name, value]): [string, string] => {
    return [`x-amz-meta-${name}`, value];
  });
  const answer = empty(slice === undefined ? 200 : 206, {
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
    ...headers.standard,
    ...Object.fromEntries(metadata),
    ...operation.overrides,
    ...identity,
    ...(shown === undefined
      ? {}
      : { [checksumHeader(shown.algorithm)]: shown.value, 'x-amz-checksum-type': shown.type }),
    ...(slice === undefined ? {} : { 'content-range': `bytes ${slice.first}-${slice.last}/${body.length}` }),
    'content-length': String(bytes.length),
  });
  return operation.kind === 'HeadObject' ? answer : { ...answer, body: bytes };
}

/** The bytes a range names, both ends included. Throws InvalidRange. */
export function toSlice({ first, last }: ByteRange, length: number): { readonly first: number; readonly last: number } {
  if (first === undefined) {
    const count = Math.min(last ?? 0, length);
    if (count === 0) throw s3Error('InvalidRange');
    return { first: length - count, last: length - 1 };
  }
  if (first >= length) throw s3Error('InvalidRange');
  return { first, last: Math.min(last ?? length - 1, length - 1) };
}
