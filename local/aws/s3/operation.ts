// What an S3 request means, as one value: it is parsed into this, authorised on this and executed from this, and nothing
// looks at the request again.
import type { Need } from '../authorise.ts';
import type { Checksum, ChecksumAlgorithm } from './checksum.ts';

/** An object's address. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

/** What is stored beside an object's bytes and comes back as headers. */
export interface ObjectHeaders {
  /** content-type, content-encoding, cache-control and their like, lower-case. */
  readonly standard: Readonly<Record<string, string>>;
  /** `x-amz-meta-…` without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Conditional headers; dates in epoch milliseconds, entity tags without quotes, `*` for any. */
export interface Conditions {
  readonly match?: string;
  readonly noneMatch?: string;
  readonly modifiedSince?: number;
  readonly unmodifiedSince?: number;
}

/** A byte range as asked for; `last` undefined is "to the end", `first` undefined is "the last N". */
export interface ByteRange {
  readonly first: number | undefined;
  readonly last: number | undefined;
}

/** The source of a copy, with the permission whose absence hides whether its key exists. */
export interface CopySource extends ObjectAddress {
  readonly conditions: Conditions;
  readonly existence: Need;
}

/** Fields of {@link S3Operation} that reading an object has. */
export interface ReadObject extends ObjectAddress {
  readonly kind: 'GetObject' | 'HeadObject';
  readonly range: ByteRange | undefined;
  readonly conditions: Conditions;
  /** Answer headers that the caller overrides (`response-content-type` and so on). */
  readonly overrides: Readonly<Record<string, string>>;
  readonly withChecksum: boolean;
  /** `s3:ListBucket`: without it a missing key is 403, with it 404. */
  readonly existence: Need;
}

/** A listing. `continueAfter` is a decoded continuation token. */
export interface ListObjects {
  readonly kind: 'ListObjectsV2';
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly startAfter: string | undefined;
  readonly continuationToken: string | undefined;
  readonly continueAfter: string | undefined;
  readonly encodeUrl: boolean;
  readonly fetchOwner: boolean;
}

/** One of the parts that complete an upload. */
export interface CompletedPart {
  readonly partNumber: number;
  readonly etag: string;
  readonly checksum: Checksum | undefined;
}

interface Part extends ObjectAddress {
  readonly uploadId: string;
  readonly partNumber: number;
}

/** Everything local S3 does. */
export type S3Operation =
  | { readonly kind: 'ListBuckets' }
  | { readonly kind: 'CreateBucket' | 'HeadBucket' | 'GetBucketLocation'; readonly bucket: string }
  | ListObjects
  | ReadObject
  | ({
      readonly kind: 'PutObject';
      readonly bytes: Buffer;
      readonly headers: ObjectHeaders;
      readonly checksum: Checksum | undefined;
      readonly conditions: Conditions;
    } & ObjectAddress)
  | ({
      readonly kind: 'CopyObject';
      readonly source: CopySource;
      /** Undefined: the source's. */
      readonly headers: ObjectHeaders | undefined;
      readonly conditions: Conditions;
    } & ObjectAddress)
  | ({ readonly kind: 'DeleteObject' } & ObjectAddress)
  | {
      readonly kind: 'DeleteObjects';
      readonly bucket: string;
      readonly quiet: boolean;
      readonly entries: readonly { readonly key: string; readonly need: Need }[];
    }
  | ({
      readonly kind: 'CreateMultipartUpload';
      readonly headers: ObjectHeaders;
      readonly algorithm: ChecksumAlgorithm | undefined;
      readonly checksumType: Checksum['type'] | undefined;
    } & ObjectAddress)
  | ({ readonly kind: 'UploadPart'; readonly bytes: Buffer; readonly checksum: Checksum | undefined } & Part)
  | ({ readonly kind: 'UploadPartCopy'; readonly source: CopySource; readonly range: ByteRange | undefined } & Part)
  | ({
      readonly kind: 'CompleteMultipartUpload';
      readonly uploadId: string;
      readonly parts: readonly CompletedPart[];
      readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
      readonly objectBytes: number | undefined;
      readonly conditions: Conditions;
    } & ObjectAddress)
  | ({ readonly kind: 'AbortMultipartUpload'; readonly uploadId: string } & ObjectAddress)
  | ({
      readonly kind: 'ListParts';
      readonly uploadId: string;
      readonly maxParts: number;
      readonly partNumberMarker: number;
      readonly encodeUrl: boolean;
    } & ObjectAddress);

/** An operation with the permissions it needs before anything happens; DeleteObjects decides per key while it runs. */
export interface S3Call {
  readonly operation: S3Operation;
  readonly needs: readonly Need[];
}
