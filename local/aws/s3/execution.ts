// What an S3 operation runs in.
import type { LocalAccount } from '../../account.ts';
import type { Need } from '../authorise.ts';
import type { AwsRefusal } from '../refusal.ts';
import type { S3Store } from './store.ts';

/** What an operation runs in. */
export interface S3Execution {
  readonly store: S3Store;
  readonly account: LocalAccount;
  readonly now: number;
  /** Undefined where the need is allowed, else AWS's refusal. */
  readonly findDenial: (need: Need) => AwsRefusal | undefined;
}
