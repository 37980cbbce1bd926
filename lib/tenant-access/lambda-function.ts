// Invoking a Lambda function of which each tenant has one. A shared function cannot be split: its payload is not checked,
// and neither is the tenant id of Lambda's tenant isolation mode, which has no condition key.
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { describeByName, plainNames, type NamedKind } from './by-name.ts';
import type { TenantStatement } from './statement.ts';

/** Options of `TenantAccess.lambdaFunction`. */
export interface LambdaFunctionOptions {
  /** What stands before the tenant id in the function name; ends with `-` or `_`, and no other function's name starts with it. */
  readonly prefix: string;
  /**
   * The alias or version that is invoked, by its exact name.
   * @default - the function without a qualifier
   */
  readonly qualifier?: string;
}

const functions: NamedKind = {
  ...plainNames,
  noun: 'function',
  service: 'lambda',
  resource: (name) => `function:${name}`,
  example: 'report-',
};

/**
 * The statement templates. Function URLs are another action, `lambda:InvokeFunctionUrl`, and stay closed.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
 */
export function describeFunctionAccess(scope: IConstruct, options: LambdaFunctionOptions): readonly TenantStatement[] {
  const { prefix, qualifier } = options;
  if (qualifier !== undefined && !/^(?:\$LATEST|[A-Za-z0-9_-]{1,128})$/.test(qualifier)) {
    throw new SynthError(
      'TvmTenantAccessInvalid',
      {
        what: 'The qualifier of the function cannot be used',
        got: JSON.stringify(qualifier),
        allowed: 'the exact name of an alias or version',
        fix: 'write it like "live"',
      },
      scope,
    );
  }
  const suffix = qualifier === undefined ? '' : `:${qualifier}`;
  return [describeByName(scope, functions, 'lambda:InvokeFunction', prefix, suffix)];
}
