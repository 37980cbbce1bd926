// Template and policy strings as patterns with holes: what the prover searches. A tenant's hole is `{{tenant}}`, or the tenant's
// session tag as a policy variable; other placeholders are holes that divide nothing; other variables may be anything.
import type { TenantIdGrammar, VendingConfig } from './config.ts';
import { splitArn } from './iam/arn.ts';
import { anyOf, fixedLanguage, idLanguage, type Language } from './iam/language.ts';
import { literalItems, type HolePattern, type Item } from './iam/overlap.ts';
import { parseText } from './iam/pattern.ts';
import { defaultTenantIdGrammar, tenantIdCharacters } from './tenant.ts';

/** What holes hold under a configuration. */
export interface Holes {
  readonly tenantTagKey: string;
  readonly tenant: Language;
}

const hex = /^[0-9a-fA-F]$/;
const crockford = /^[0-9A-HJKMNP-TV-Z]$/;

/** The tenant ids of a grammar as a language. */
export function tenantLanguage(grammar: TenantIdGrammar): Language {
  const { pattern, minLength, maxLength } = grammar;
  if (pattern === 'uuid') {
    const places = [...'00000000-0000-0000-0000-000000000000'].map((place) => (place === '-' ? /^-$/ : hex));
    return fixedLanguage(places, ['0', 'a', '-']);
  }
  if (pattern === 'ulid')
    return fixedLanguage(
      Array.from({ length: 26 }, () => crockford),
      ['0', 'A'],
    );
  return idLanguage(tenantIdCharacters(pattern), minLength, maxLength);
}

export function holesOf(config: VendingConfig): Holes {
  return { tenantTagKey: config.session.tenantTagKey, tenant: tenantLanguage(config.tenantId) };
}

/** Parameters follow the default tenant-id grammar; a subject is printable ASCII without path characters. */
const parameterLanguage = tenantLanguage(defaultTenantIdGrammar);
const subjectLanguage = anyOf(/^[\u0020-.0-[\]-~]$/, ['a', '.', '-', '#', ':', ' ', '*']);

/** How a string is read: resources and `Like` operators have wildcards, `Equals` operators have not; a document of version 2008
 * has no policy variables. */
export interface Reading {
  readonly wildcards: boolean;
  readonly variables: boolean;
}

/** Parses a string into a pattern with holes. */
export function parseHolePattern(text: string, holes: Holes, reading: Reading): HolePattern {
  return text.split(/(\{\{[A-Za-z0-9]+\}\})/).flatMap((piece): HolePattern => {
    const [, placeholder] = /^\{\{([A-Za-z0-9]+)\}\}$/.exec(piece) ?? [];
    if (placeholder === 'tenant') return [{ kind: 'hole', tenant: true, language: holes.tenant }];
    if (placeholder === 'subject') return [{ kind: 'hole', tenant: false, language: subjectLanguage }];
    if (placeholder !== undefined) return [{ kind: 'hole', tenant: false, language: parameterLanguage }];
    return parseText(piece, reading).flatMap((part): HolePattern => {
      if (part.kind === 'literal') return literalItems(part.text);
      if (part.kind !== 'variable') return [part];
      const isTenant =
        part.name === `aws:principaltag/${holes.tenantTagKey.toLowerCase()}` && part.fallback === undefined;
      // What another variable holds is not known here, so it may be anything.
      return [isTenant ? { kind: 'hole', tenant: true, language: holes.tenant } : { kind: 'any' }];
    });
  });
}

/** The same pattern with the tenant's holes filled, and other holes by a stand-in: a pattern without holes. */
export function fillHoles(pattern: HolePattern, tenant: string, standIn: string): HolePattern {
  return pattern.flatMap((item): HolePattern =>
    item.kind === 'hole' ? literalItems(item.tenant ? tenant : standIn) : [item],
  );
}

/** The six parts of an ARN pattern as patterns, as the evaluator reads them; undefined where it is no ARN (such as `*`). */
export function splitHolePattern(text: string, holes: Holes, reading: Reading): readonly HolePattern[] | undefined {
  const parts = splitArn(text);
  return parts.length === 6 ? parts.map((part) => parseHolePattern(part, holes, reading)) : undefined;
}

/** Whether the pattern has a hole of the tenant. */
export function hasTenantHole(pattern: HolePattern): boolean {
  return pattern.some((item: Item) => item.kind === 'hole' && item.tenant);
}
