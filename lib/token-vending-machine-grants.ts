// What other constructs may be allowed to do with a machine. Never a way to its execution role or tenant access roles.
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/** Grants on a machine. */
export class TokenVendingMachineGrants {
  readonly #alias: () => Pick<IFunction, 'grantInvoke'>;

  /** @param alias the function as callers invoke it; throws where it is not known */
  constructor(alias: () => Pick<IFunction, 'grantInvoke'>) {
    this.#alias = alias;
  }

  /** Lets `grantee` invoke the function past the API, as an ALB, a REST API or a test does. A token is still needed,
   * but whoever invokes writes the event, and with it the source address of the audit record. */
  invoke(grantee: IGrantable): Grant {
    return this.#alias().grantInvoke(grantee);
  }
}
