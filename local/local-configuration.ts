// What local mode changes of a configuration, and nothing else: where its issuers are, how loudly refusals are explained, and
// that the demo tenants may be asserted.
import type { TenantIdGrammar, TrustedIssuer } from '../core/config.ts';
import { isRecord } from '../core/iam/syntax.ts';
import { isTenantId } from '../core/tenant.ts';

/** The document with its issuers moved to this machine. Works on the document before references are filled, because that is
 * what the deployed function reads too. */
export function localiseDocument(document: unknown, tvmUrl: string, demoTenants: readonly string[]): unknown {
  if (!isRecord(document) || !Array.isArray(document['issuers'])) return document;
  const issuers = (document['issuers'] as unknown[]).map((issuer, index) => {
    if (!isRecord(issuer)) return issuer;
    const { jwksUri, jwks, ...rest } = issuer;
    const tenants = Array.isArray(rest['tenants'])
      ? { tenants: [...new Set([...(rest['tenants'] as unknown[]), ...demoTenants])] }
      : {};
    const name = typeof rest['name'] === 'string' ? rest['name'] : String(index);
    return { ...rest, ...tenants, issuer: index === 0 ? `${tvmUrl}/oidc` : `${tvmUrl}/oidc/${name}` };
  });
  return { ...document, issuers, diagnostics: 'public', explain: true };
}

/** A tenant of the demo and who may be in it. */
export interface DemoTenant {
  readonly tenant: string;
  readonly subjects: readonly string[];
}

/** Two tenants to try with: acme and globex, or ids like them where the grammar wants another form. */
export function chooseDemoTenants(grammar: TenantIdGrammar, first: TrustedIssuer | undefined): readonly DemoTenant[] {
  if (first !== undefined && 'fixed' in first.tenant)
    return [{ tenant: first.tenant.fixed, subjects: ['alice', 'bob'] }];
  return [
    { tenant: demoId(grammar, 'acme', '1'), subjects: ['alice', 'bob'] },
    { tenant: demoId(grammar, 'globex', '2'), subjects: ['gina'] },
  ];
}

function demoId(grammar: TenantIdGrammar, name: string, digit: string): string {
  const { pattern, minLength } = grammar;
  const listed =
    typeof pattern === 'string'
      ? digit
      : ([...pattern.characters].filter((one) => /[A-Za-z0-9]/.test(one)).at(Number(digit) - 1) ?? digit);
  const candidates = [
    name,
    `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`,
    digit.repeat(26),
    listed.repeat(minLength),
  ];
  return candidates.find((candidate) => isTenantId(candidate, grammar)) ?? name;
}

/** All tenants and subjects of a demo, one line each. */
export function demoUsers(
  tenants: readonly DemoTenant[],
): readonly { readonly tenant: string; readonly subject: string }[] {
  return tenants.flatMap(({ tenant, subjects }) => subjects.map((subject) => ({ tenant, subject })));
}
