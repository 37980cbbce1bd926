// From what an app's synthesis wrote to plain data: the account, the vending functions and the outputs.
// Nothing of the app is run here, and nothing is guessed: see intrinsics.ts.
import { TvmError } from '../../core/errors.ts';
import type { LocalAccount } from '../account.ts';
import { Intrinsics } from './intrinsics.ts';
import { loadStacks, type TemplateStack } from './load-assembly.ts';
import { localPlace } from './place.ts';
import { readFunctions, type TemplateFunction } from './read-functions.ts';
import { readRoles } from './read-roles.ts';
import { readBuckets, readTables } from './read-stores.ts';
import { isRecord } from '../../core/iam/syntax.ts';

/** A template as local mode needs it. */
export interface ResolvedTemplate {
  readonly account: LocalAccount;
  /** The functions whose asset holds `vend.mjs`, in the order of the templates. */
  readonly functions: readonly TemplateFunction[];
  /** Outputs by stack name and output name; those that cannot be known here are left out. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What local mode cannot know and decides more strictly than AWS, for people. */
  readonly notes: readonly string[];
}

/**
 * Reads a cloud assembly directory (`cdk.out`) or a single synthesised template.
 * @throws TvmError `misconfigured`, naming the stack, the logical id and the intrinsic, where something that a role,
 *   policy, bucket, table or vending function needs cannot be resolved
 */
export function resolveTemplate(path: string): ResolvedTemplate {
  const stacks = loadStacks(path);
  const intrinsics = new Intrinsics(stacks);
  const { roles, notes, managedPolicies } = readRoles(stacks, intrinsics);
  const account: LocalAccount = {
    partition: localPlace.partition,
    accountId: localPlace.accountId,
    region: localPlace.region,
    roles,
    buckets: readBuckets(stacks, intrinsics),
    tables: readTables(stacks, intrinsics),
    managedPolicies,
  };
  return { account, functions: readFunctions(stacks, intrinsics), outputs: readOutputs(stacks, intrinsics), notes };
}

/** Outputs inform people; one that names what local mode does not have stops nothing. */
function readOutputs(stacks: readonly TemplateStack[], intrinsics: Intrinsics): ResolvedTemplate['outputs'] {
  return Object.fromEntries(
    stacks.map((stack) => {
      const known = Object.entries(stack.outputs).flatMap(([name, output]) => {
        const value = isRecord(output) ? tryResolve(() => intrinsics.resolve(output['Value'], stack, name)) : undefined;
        return typeof value === 'string' ? [[name, value] as const] : [];
      });
      return [stack.name, Object.fromEntries(known)];
    }),
  );
}

function tryResolve(resolve: () => unknown): unknown {
  try {
    return resolve();
  } catch (cause) {
    if (cause instanceof TvmError && cause.code === 'misconfigured') return undefined;
    throw cause;
  }
}
