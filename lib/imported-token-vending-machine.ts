// A machine of another app, by what its outputs say. Grants and metrics work; nothing of it can be changed.
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Role, type IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { SynthError } from './errors.ts';
import { TokenVendingMachineBase } from './token-vending-machine-base.ts';
import { TokenVendingMachineGrants } from './token-vending-machine-grants.ts';

/** What is known of a machine of another app. */
export interface TokenVendingMachineAttributes {
  /** Its address, the output `ApiUrl`. */
  readonly url: string;
  /**
   * The tenant access roles by permission set, the outputs `RoleArn-<set>`.
   * @default - none: tenantAccessRole() knows no set
   */
  readonly tenantAccessRoleArns?: Readonly<Record<string, string>>;
  /**
   * The ARN of the function's alias, the output `FunctionArn`.
   * @default - none: grants.invoke() fails
   */
  readonly functionArn?: string;
}

/** The machine that these attributes describe. */
export class ImportedTokenVendingMachine extends TokenVendingMachineBase {
  readonly url: string;
  readonly grants: TokenVendingMachineGrants;
  protected readonly tenantAccessRoles: ReadonlyMap<string, IRole>;

  constructor(scope: Construct, id: string, attributes: TokenVendingMachineAttributes) {
    super(scope, id);
    const { url, functionArn, tenantAccessRoleArns = {} } = attributes;
    this.url = url.endsWith('/') ? url : `${url}/`;
    const alias = functionArn === undefined ? undefined : LambdaFunction.fromFunctionArn(this, 'Function', functionArn);
    this.grants = new TokenVendingMachineGrants(() => {
      if (alias !== undefined) return alias;
      throw new SynthError(
        'TvmImportIncomplete',
        {
          what: 'The function of the imported machine is not known',
          got: 'no functionArn',
          allowed: "the ARN of the machine's alias",
          fix: 'pass functionArn to fromTokenVendingMachineAttributes',
        },
        this,
      );
    });
    // Immutable: a policy added from here would widen what another app proved.
    this.tenantAccessRoles = new Map(
      Object.entries(tenantAccessRoleArns).map(([name, arn]) => [
        name,
        Role.fromRoleArn(this, `TenantAccess-${name}`, arn, { mutable: false }),
      ]),
    );
  }
}
