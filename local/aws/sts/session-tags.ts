// Session tags and source identity: limits, uniqueness whatever the case, and what a chained session inherits and cannot change.
// A request's parameters, a token's claims and an assertion's attributes all end in these checks.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
import type { ContextKeys } from '../authorise.ts';
import type { Session } from '../sessions.ts';
import { nameCharacters, readList, validationError, type StsForm } from './parameters.ts';

/** The tags a request asks for. */
export interface RequestedTags {
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
}

const maxTags = 50;
const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Reads `Tags` and `TransitiveTagKeys`. Throws ValidationError. */
export function parseTags(parameters: StsForm['parameters']): RequestedTags {
  const tags = readList(parameters, 'Tags', ['Key', 'Value']).map((member): [string, string] => {
    const key = member.get('Key');
    const value = member.get('Value');
    if (key === undefined || value === undefined) throw validationError('A tag needs a Key and a Value.');
    return [key, value];
  });
  const transitiveTagKeys = readList(parameters, 'TransitiveTagKeys', ['']).map((member) => member.get('') ?? '');
  return checkTags(tags, transitiveTagKeys);
}

/** Tags within STS's limits, from wherever they came. Throws ValidationError. */
export function checkTags(
  tags: readonly (readonly [key: string, value: string])[],
  transitiveTagKeys: readonly string[],
): RequestedTags {
  for (const [key, value] of tags) checkTag(key, value);
  if (tags.length > maxTags) throw validationError(`At most ${maxTags} tags.`);
  if (hasDuplicates(tags.map(([key]) => key))) {
    throw validationError('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  if (transitiveTagKeys.length > maxTags || hasDuplicates(transitiveTagKeys)) {
    throw validationError('TransitiveTagKeys holds too many keys, or one twice.');
  }
  const keys = tags.map(([key]) => key.toLowerCase());
  if (transitiveTagKeys.some((key) => !keys.includes(key.toLowerCase()))) {
    throw validationError('The specified transitive tag key must be included in the requested tags.');
  }
  return { tags: Object.fromEntries(tags), transitiveTagKeys };
}

/** The tags of the new session: what it inherits, then what was asked for. A transitive tag cannot be overridden. */
export function mergeTags(caller: Session, requested: RequestedTags): RequestedTags {
  const passedOn = new Set(caller.transitiveTagKeys.map((key) => key.toLowerCase()));
  const inherited = Object.entries(caller.tags).filter(([key]) => passedOn.has(key.toLowerCase()));
  if (Object.keys(requested.tags).some((key) => passedOn.has(key.toLowerCase()))) {
    throw validationError(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  return {
    tags: { ...Object.fromEntries(inherited), ...requested.tags },
    transitiveTagKeys: [...caller.transitiveTagKeys, ...requested.transitiveTagKeys],
  };
}

/** The condition keys of requested tags. */
export function tagContext({ tags, transitiveTagKeys }: RequestedTags): ContextKeys {
  const keys = Object.keys(tags);
  return {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(keys.length === 0 ? {} : { 'aws:TagKeys': keys }),
    ...(transitiveTagKeys.length === 0 ? {} : { 'sts:TransitiveTagKeys': transitiveTagKeys }),
  };
}

/** A source identity within STS's limits. Throws ValidationError. */
export function checkSourceIdentity(value: string): string {
  if (value.length < 2 || value.length > 64 || !nameCharacters.test(value)) {
    throw validationError(`SourceIdentity must have 2 to 64 characters and match the pattern ${nameCharacters.source}`);
  }
  if (value.toLowerCase().startsWith('aws:')) throw validationError('SourceIdentity must not start with aws:.');
  return value;
}

function checkTag(key: string, value: string): void {
  const keyLength = Array.from(key).length;
  if (keyLength < 1 || keyLength > 128 || Array.from(value).length > 256) {
    throw validationError('Tag keys have 1 to 128 characters, tag values up to 256.');
  }
  if (!tagCharacters.test(key) || !tagCharacters.test(value)) {
    throw validationError('A tag holds letters, numbers, spaces and _.:/=+-@ only.');
  }
  if (key.toLowerCase().startsWith('aws:')) throw validationError('Tag keys must not start with aws:.');
}

function hasDuplicates(keys: readonly string[]): boolean {
  return new Set(keys.map((key) => key.toLowerCase())).size !== keys.length;
}
