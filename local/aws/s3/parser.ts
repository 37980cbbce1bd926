// The shape of every S3 parser: a request in, an operation with its needs out.
import type { LocalAccount } from '../../account.ts';
import type { S3Call } from './operation.ts';
import type { S3Request } from './request.ts';
import type { S3Resources } from './resources.ts';

/** What parsing needs beside the request. */
export interface ParseSurroundings {
  readonly account: LocalAccount;
  readonly resources: S3Resources;
}

/** Parses one kind of request. */
export type ParseS3 = (request: S3Request, around: ParseSurroundings) => S3Call;
