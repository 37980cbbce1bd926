// The objects of local S3, in memory: buckets, objects and unfinished uploads. Keys are compared exactly; nothing is
// normalised. Knows neither HTTP nor permissions.
import { createHash, randomBytes } from 'node:crypto';
import type { Checksum, ChecksumAlgorithm } from './checksum.ts';
import type { ObjectAddress, ObjectHeaders } from './operation.ts';

/** A stored object. `etag` is without quotes; `lastModified` is epoch milliseconds at whole seconds. */
export interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly lastModified: number;
  readonly headers: ObjectHeaders;
  readonly checksum: Checksum | undefined;
}

/** A part of an unfinished upload. */
export interface StoredPart {
  readonly body: Buffer;
  readonly etag: string;
  readonly lastModified: number;
  readonly checksum: Checksum | undefined;
}

/** An unfinished upload. It belongs to one bucket and key for good. */
export interface Upload extends ObjectAddress {
  readonly id: string;
  readonly headers: ObjectHeaders;
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: Checksum['type'] | undefined;
  readonly parts: Map<number, StoredPart>;
}

/** A bucket. `createdAt` is epoch milliseconds. */
export interface StoredBucket {
  readonly name: string;
  readonly createdAt: number;
  readonly objects: Map<string, StoredObject>;
}

/** The store. */
export interface S3Store {
  readonly buckets: Map<string, StoredBucket>;
  readonly uploads: Map<string, Upload>;
}

/** A store with the given empty buckets. */
export function createS3Store(names: readonly string[], now: number): S3Store {
  return {
    buckets: new Map(names.map((name) => [name, { name, createdAt: now, objects: new Map() }])),
    uploads: new Map(),
  };
}

/** Makes an object of bytes. */
export function toStoredObject(
  body: Buffer,
  headers: ObjectHeaders,
  now: number,
  more: { readonly checksum?: Checksum | undefined; readonly etag?: string } = {},
): StoredObject {
  return {
    body,
    etag: more.etag ?? md5(body).toString('hex'),
    lastModified: toSeconds(now),
    headers,
    checksum: more.checksum,
  };
}

/** Makes a part of bytes. */
export function toStoredPart(body: Buffer, checksum: Checksum | undefined, now: number): StoredPart {
  return { body, etag: md5(body).toString('hex'), lastModified: toSeconds(now), checksum };
}

/** An upload id that cannot be guessed. */
export function createUploadId(): string {
  return randomBytes(32).toString('base64url');
}

/** The MD5 of bytes. */
export function md5(bytes: Buffer): Buffer {
  return createHash('md5').update(bytes).digest();
}

/** The keys of a bucket that begin with a prefix, in S3's order: by their UTF-8 bytes. */
export function sortedKeys({ objects }: StoredBucket, prefix: string): readonly string[] {
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
  return keys.sort(compareUtf8);
}

/** Compares by UTF-8 bytes; JavaScript's own order differs beyond U+FFFF. */
export function compareUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8'));
}

/** HTTP dates have whole seconds; conditions compare with what the answer said. */
function toSeconds(now: number): number {
  return Math.floor(now / 1000) * 1000;
}
