// What is risky in a permission set, beside what the proof says: patterns that leak sooner or later, or say more than is meant.
import type { PermissionSet, VendingConfig } from './config.ts';
import { parseOperatorName } from './iam/condition.ts';
import type { StatementTemplate } from './statement-template.ts';

/** One risky place. `error` should never be deployed, `warning` needs a second look. */
export interface LintFinding {
  readonly rule: LintRule;
  readonly severity: 'error' | 'warning';
  readonly permissionSet: string;
  readonly statement: string;
  readonly message: string;
}

export type LintRule =
  | 'TVM-LINT-NEGATED'
  | 'TVM-LINT-ACTION-WILDCARD'
  | 'TVM-LINT-RESOURCE-WILDCARD'
  | 'TVM-LINT-ESCAPE'
  | 'TVM-LINT-CONTROL'
  | 'TVM-LINT-FORALL'
  | 'TVM-LINT-SHORT-LIFE'
  | 'W-GSI';

/** Session lifetimes below which SDKs in Python and .NET fetch anew for every call, seconds. */
const comfortableSeconds = 1260;

/** Finds what is risky. Deterministic; throws nothing. */
export function lint(config: VendingConfig): readonly LintFinding[] {
  return Object.entries(config.permissionSets).flatMap(([name, set]) => [
    ...lintSet(name, set),
    ...set.statements.flatMap((statement, index) => lintStatement(name, set, statement, index)),
  ]);
}

function lintSet(permissionSet: string, { maxDurationSeconds }: PermissionSet): readonly LintFinding[] {
  if (maxDurationSeconds >= comfortableSeconds) return [];
  const message = `sessions of at most ${maxDurationSeconds} s: SDKs in Python and .NET fetch new credentials for every call below 15 minutes of life`;
  return [{ rule: 'TVM-LINT-SHORT-LIFE', severity: 'warning', permissionSet, statement: '', message }];
}

function lintStatement(
  permissionSet: string,
  set: PermissionSet,
  statement: StatementTemplate,
  index: number,
): readonly LintFinding[] {
  const findings: LintFinding[] = [];
  const report = (rule: LintRule, severity: LintFinding['severity'], message: string): void => {
    findings.push({ rule, severity, permissionSet, statement: statement.Sid ?? `statements/${index}`, message });
  };
  if (statement.Effect === 'Deny') return [];
  if (statement.NotAction !== undefined || statement.NotResource !== undefined) {
    report(
      'TVM-LINT-NEGATED',
      'error',
      'an Allow of everything but what is named also allows what will be added later',
    );
  }
  const exempt = new Set((set.allowDespiteGuard ?? []).map((action) => action.toLowerCase()));
  for (const action of toList(statement.Action)) {
    if (/^(?:\*|[^:]+:\*)$/.test(action))
      report('TVM-LINT-ACTION-WILDCARD', 'error', `${action} allows control-plane actions too; name the actions`);
    else if (action.includes('*'))
      report('TVM-LINT-ACTION-WILDCARD', 'warning', `${action} grows with the service; name the actions`);
    if (/^(?:iam|sts):/i.test(action) && !exempt.has(action.toLowerCase()))
      report('TVM-LINT-ESCAPE', 'error', `${action} leads out of the session, and the guard denies it anyway`);
    if (/:(?:put\w*(?:policy|acl)|\w*grant|(?:un)?tag\w*|put\w*tagging|putlifecycleconfiguration)$/i.test(action)) {
      report('TVM-LINT-CONTROL', 'error', `${action} changes who may do what; a tenant must not`);
    }
  }
  if (toList(statement.Resource).includes('*') && statement.Condition === undefined && statement.shared === undefined) {
    report('TVM-LINT-RESOURCE-WILDCARD', 'error', "every resource without a condition is every tenant's");
  }
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    if (parseOperatorName(operator).quantifier !== 'ForAllValues') continue;
    for (const key of Object.keys(keys)) {
      if (!requiresPresence(statement, key))
        report(
          'TVM-LINT-FORALL',
          'error',
          `${operator} on ${key} holds where the key is missing; add "Null": {"${key}": "false"}`,
        );
    }
  }
  if (toList(statement.Resource).some((resource) => /:table\/.+\/index\//.test(resource))) {
    report(
      'W-GSI',
      'warning',
      "dynamodb:LeadingKeys is the index's own partition key there; it isolates only if that key leads with the tenant",
    );
  }
  return findings;
}

function requiresPresence(statement: StatementTemplate, key: string): boolean {
  const keys = statement.Condition?.['Null'] ?? {};
  return Object.entries(keys).some(
    ([name, value]) =>
      name.toLowerCase() === key.toLowerCase() && toList(value).every((one) => String(one).toLowerCase() === 'false'),
  );
}

function toList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
