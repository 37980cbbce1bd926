// ListObjectsV2: keys in UTF-8 order, common prefixes, pages. A continuation token only says where to go on; prefix and
// delimiter are those that were authorised.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
import type { LocalAccount } from '../../account.ts';
import type { HttpAnswer } from '../refusal.ts';
import { element, parent, type Xml } from '../wire/xml.ts';
import type { ListObjects } from './operation.ts';
import { encodeContinuation } from './parse-bucket.ts';
import { compareUtf8, sortedKeys, type StoredBucket, type StoredObject } from './store.ts';
import { isoDate, nameEncoder, ownerElement, quoted, xmlAnswer } from './xml.ts';

type Entry =
  | { readonly kind: 'object'; readonly name: string; readonly object: StoredObject }
  | { readonly kind: 'prefix'; readonly name: string };

/** The listing of a bucket. */
export function listObjects(operation: ListObjects, bucket: StoredBucket, account: LocalAccount): HttpAnswer {
  const entries = collectEntries(operation, bucket);
  const isTruncated = entries.length > operation.maxKeys && operation.maxKeys > 0;
  const page = entries.slice(0, operation.maxKeys);
  const last = page.at(-1)?.name;
  const encode = nameEncoder(operation.encodeUrl);
  const given = (text: string | undefined): string | undefined => (text === undefined ? undefined : encode(text));
  return xmlAnswer('ListBucketResult', [
    element('Name', bucket.name),
    element('Prefix', encode(operation.prefix)),
    element('Delimiter', operation.delimiter === '' ? undefined : encode(operation.delimiter)),
    element('MaxKeys', operation.maxKeys),
    element('EncodingType', operation.encodeUrl ? 'url' : undefined),
    element('KeyCount', page.length),
    element('IsTruncated', isTruncated),
    element('ContinuationToken', operation.continuationToken),
    element('NextContinuationToken', isTruncated && last !== undefined ? encodeContinuation(last) : undefined),
    element('StartAfter', given(operation.startAfter)),
    ...page.map((entry) => entryElement(entry, operation, encode, account)),
  ]);
}

/** One entry more than asked for, to know whether there is a next page. */
function collectEntries(operation: ListObjects, bucket: StoredBucket): readonly Entry[] {
  const { prefix, delimiter, maxKeys, continueAfter, startAfter } = operation;
  const after = continueAfter ?? startAfter;
  const entries: Entry[] = [];
  for (const key of sortedKeys(bucket, prefix)) {
    if (entries.length > maxKeys) break;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end === -1 ? key : key.slice(0, end + delimiter.length);
    if (after !== undefined && compareUtf8(name, after) <= 0) continue;
    if (end === -1) entries.push({ kind: 'object', name, object: bucket.objects.get(key)! });
    else if (entries.at(-1)?.name !== name) entries.push({ kind: 'prefix', name });
  }
  return entries;
}

function entryElement(
  entry: Entry,
  { fetchOwner }: ListObjects,
  encode: (name: string) => string,
  account: LocalAccount,
): Xml {
  const name = encode(entry.name);
  if (entry.kind === 'prefix') return parent('CommonPrefixes', [element('Prefix', name)]);
  const { lastModified, etag, body, checksum } = entry.object;
  return parent('Contents', [
    element('Key', name),
    element('LastModified', isoDate(lastModified)),
    element('ETag', quoted(etag)),
    element('ChecksumAlgorithm', checksum?.algorithm),
    element('ChecksumType', checksum?.type),
    element('Size', body.length),
    element('StorageClass', 'STANDARD'),
    fetchOwner ? ownerElement('Owner', account) : '',
  ]);
}
