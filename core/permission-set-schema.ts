// The schema of a permission set: role, statement templates, limits, rules.
import { claimPath } from './claim-schema.ts';
import type { PolicyDocument } from './iam/index.ts';
import { parsePolicy } from './iam/policy.ts';
import { PolicySyntaxError } from './iam/syntax.ts';
import { sts } from './limits.ts';
import {
  check,
  either,
  integer,
  list,
  map,
  matching,
  object,
  oneOf,
  pointerTo,
  scalar,
  string,
  type Schema,
} from './schema.ts';
import { placeholdersOf, statementTemplateSchema } from './statement-template.ts';
import type { ClaimRule, ParameterSpec, PermissionSet } from './vending-config.ts';

const parameterName = /^(?!(?:tenant|subject)$)[a-z][A-Za-z0-9]{0,31}$/;
const roleArn = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/;
const policyArn = /^arn:aws(?:-[a-z]+)*:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/;
const equalsRule = object({ claim: claimPath, equals: scalar }, {});
const containsRule = object({ claim: claimPath, contains: string() }, {});
const claimRule: Schema<ClaimRule> = either<ClaimRule>(
  (input) => (typeof input === 'object' && input !== null && 'contains' in input ? containsRule : equalsRule),
  [equalsRule, containsRule],
);

const claimParameter = object({ from: oneOf('claim'), claim: claimPath }, {});
const requestParameter = object({ from: oneOf('request') }, {});
const parameterSpec: Schema<ParameterSpec> = either<ParameterSpec>(
  (input) => (typeof input === 'object' && input !== null && 'claim' in input ? claimParameter : requestParameter),
  [claimParameter, requestParameter],
);

const policyDocument: Schema<PolicyDocument> = {
  json: { type: 'object' },
  parse: (input, pointer, issues) => {
    try {
      parsePolicy(input as PolicyDocument, 'identity');
      return input as PolicyDocument;
    } catch (cause) {
      if (!(cause instanceof PolicySyntaxError)) throw cause;
      issues.push({ pointer, message: `is not valid IAM: ${cause.message}` });
      return undefined;
    }
  },
};
const managedPolicy = object({ arn: matching(policyArn, 'the ARN of a managed policy'), document: policyDocument }, {});

/** Statements may name the set's own parameters, so their schema is made per set. */
export const permissionSetSchema: Schema<PermissionSet> = {
  json: { type: 'object' },
  parse: (input, pointer, issues) => {
    const declared =
      typeof input === 'object' && input !== null && 'parameters' in input ? input.parameters : undefined;
    const names = typeof declared === 'object' && declared !== null ? Object.keys(declared) : [];
    const parsed = check(
      object(
        {
          roleArn: matching(roleArn, 'the ARN of an IAM role'),
          statements: list(
            statementTemplateSchema(() => names),
            { min: 1 },
          ),
        },
        {
          description: string(),
          externalId: matching(/^[\w+=,.@:/-]{2,1224}$/, 'an external id: 2 to 1224 of letters, digits and _+=,.@:/-'),
          managedPolicies: list(managedPolicy, { min: 1, max: sts.maxPolicyArns }),
          isolation: oneOf('both', 'tags'),
          sessionName: oneOf('tenant-subject', 'tenant'),
          allowDespiteGuard: list(matching(/^(?:sts|iam):[A-Za-z]+$/, 'the exact name of an sts or iam action'), {
            distinct: true,
          }),
          maxDurationSeconds: integer(sts.minSessionSeconds, sts.maxChainedSessionSeconds),
          requires: list(claimRule, { min: 1 }),
          parameters: map(parameterName, 'a parameter name', parameterSpec),
        },
      ),
      ({ statements, sessionName }, report) => {
        const sids = statements.flatMap(({ Sid }) => Sid ?? []);
        if (new Set(sids).size !== sids.length) report('/statements', 'must not repeat a Sid');
        statements.forEach((statement, index) => {
          if (sessionName === 'tenant' && placeholdersOf(statement).has('subject')) {
            report(
              pointerTo('/statements', index),
              'must not use {{subject}}: sessions named after the tenant are shared',
            );
          }
        });
      },
    ).parse(input, pointer, issues);
    return (
      parsed && {
        isolation: 'both',
        sessionName: 'tenant-subject',
        maxDurationSeconds: sts.maxChainedSessionSeconds,
        ...parsed,
      }
    );
  },
};
