// Raw IAM statements as statement templates. Takes what a template may hold and refuses the rest by name;
// whether the statements isolate is the prover's question, not this file's.
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import type { TenantStatement } from './statement.ts';

const elements = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

/**
 * The statements as templates; with a reason they are shared by all tenants.
 * @throws SynthError `TvmTenantAccessInvalid` for a principal, a negated element or a blank reason
 */
export function describeStatements(
  statements: readonly PolicyStatement[],
  shared?: string,
): readonly TenantStatement[] {
  if (shared !== undefined) refuseBlankReason(shared);
  if (statements.length === 0) throw refuse('no statement', 'pass at least one statement');
  return statements.map((statement) => {
    const json: unknown = statement.toStatementJson();
    if (!isTemplate(json)) {
      const names = typeof json === 'object' && json !== null ? Object.keys(json) : [];
      const wrong = names.filter((name) => !elements.has(name));
      throw refuse(
        wrong.join(', ') || 'a statement without action or resource',
        'name the actions and resources themselves',
      );
    }
    return shared === undefined ? json : { ...json, shared };
  });
}

function isTemplate(json: unknown): json is TenantStatement {
  if (typeof json !== 'object' || json === null) return false;
  const names = Object.keys(json);
  return names.every((name) => elements.has(name)) && names.includes('Action') && names.includes('Resource');
}

function refuse(got: string, fix: string): SynthError {
  return new SynthError('TvmTenantAccessInvalid', {
    what: 'A statement cannot be a statement template',
    got,
    allowed: [...elements].join(', '),
    fix,
  });
}

/**
 * Sharing is the one excuse from isolation, so it has to say why.
 * @throws SynthError `TvmTenantAccessInvalid`
 */
export function refuseBlankReason(reason: string, scope?: IConstruct): void {
  if (reason.trim() !== '') return;
  throw new SynthError(
    'TvmTenantAccessInvalid',
    {
      what: 'Access that all tenants share needs a reason',
      got: JSON.stringify(reason),
      allowed: 'a sentence for whoever reviews the permission set',
      fix: 'say why no tenant has anything of its own there',
    },
    scope,
  );
}
