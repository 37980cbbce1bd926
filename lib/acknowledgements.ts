// Findings of cdk-nag that these constructs cause on purpose, each with its reason. Acknowledges exact findings only,
// so that a new wildcard is a new finding.
import { Stack, Validations } from 'aws-cdk-lib';
import { Effect, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';

/** Acknowledges one rule for everything below `scope`.
 * @see https://github.com/cdklabs/cdk-nag#acknowledging-a-rule */
export function acknowledge(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: rule, reason });
}

/** Acknowledges IAM5 for exactly the wildcard resources and actions of these statements. */
export function acknowledgeWildcards(scope: Construct, statements: readonly PolicyStatement[], reason: string): void {
  // As a validation, because findings name resources as the final template does, after cross-stack references are made.
  scope.node.addValidation({
    validate: () => {
      for (const finding of findingsOf(scope, statements)) acknowledge(scope, `AwsSolutions-IAM5[${finding}]`, reason);
      return [];
    },
  });
}

function findingsOf(scope: Construct, statements: readonly PolicyStatement[]): ReadonlySet<string> {
  const wildcards = (kind: string, texts: readonly unknown[]): string[] =>
    texts
      .map((text) => describe(Stack.of(scope).resolve(text)))
      .filter((text) => text.includes('*'))
      .map((text) => `${kind}::${text}`);
  const allows = statements.filter(({ effect }) => effect === Effect.ALLOW);
  return new Set(
    allows.flatMap(({ actions, resources }) => [...wildcards('Action', actions), ...wildcards('Resource', resources)]),
  );
}

/** A resolved value as cdk-nag writes it: `<LogicalId.Arn>/…`, `${` and `}` as angle brackets. */
function describe(value: unknown): string {
  if (typeof value === 'string') return value.replaceAll('${', '<').replaceAll('}', '>');
  if (typeof value !== 'object' || value === null) return '';
  const intrinsic = value as Readonly<Record<string, unknown>>;
  const { Ref: ref, 'Fn::Join': join, 'Fn::GetAtt': attribute, 'Fn::ImportValue': imported } = intrinsic;
  if (Array.isArray(join)) {
    const [delimiter, items] = join as [string, readonly unknown[]];
    return items.map(describe).join(delimiter);
  }
  if (Array.isArray(attribute)) return `<${attribute.map(describe).join('.')}>`;
  if (imported !== undefined) return describe(imported);
  if (ref !== undefined) return `<${describe(ref)}>`;
  return JSON.stringify(value);
}
