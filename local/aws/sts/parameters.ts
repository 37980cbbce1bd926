// The form of an STS Query request, read once and strictly: every parameter is known, given once and within STS's limits,
// or the request is refused. Says nothing about who may do what.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html
import { AwsRefusal } from '../refusal.ts';
import { decode, type WireRequest } from '../wire/request.ts';

/** Parameters by name, `Action` and `Version` taken out. */
export interface StsForm {
  readonly action: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const apiVersion = '2011-06-15';
const maxFormBytes = 256 * 1024;
const minSeconds = 900;

/** STS's limits for a session of a role, seconds. */
export const roleSeconds = { max: 43_200, default: 3600 } as const;
/** STS's limits for sessions that a user makes with a long-term key, seconds. */
export const userSeconds = { max: 129_600, default: 43_200 } as const;

/** The characters of a session name, a source identity and a federated user's name. */
export const nameCharacters = /^[\w+=,.@-]*$/;

/** Reads the form of a POST, or the query of a GET (presigned GetCallerIdentity). Throws {@link AwsRefusal}. */
export function parseStsForm({ method, path, query, headers, body }: WireRequest): StsForm {
  if (path !== '/') throw new AwsRefusal('InvalidAction', 400, 'Local STS is served at the path / only.');
  const parameters = new Map<string, string>();
  if (method === 'GET' && body.length === 0) {
    for (const [name, value] of query) parameters.set(name, value);
  } else {
    const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
    const isForm = method === 'POST' && query.size === 0 && type === 'application/x-www-form-urlencoded';
    if (!isForm || body.length > maxFormBytes) throw validationError('The request is not a form of at most 256 KiB.');
    for (const piece of body.toString('latin1').split('&')) {
      if (piece === '') continue;
      const [name = '', ...rest] = piece.split('=');
      const key = decodeFormText(name);
      if (parameters.has(key)) throw validationError(`The parameter ${key} is given twice.`);
      parameters.set(key, decodeFormText(rest.join('=')));
    }
  }
  const action = parameters.get('Action');
  if (action === undefined) throw new AwsRefusal('MissingAction', 400, 'The request is missing an Action.');
  if (parameters.get('Version') !== apiVersion) throw unknownAction(action);
  parameters.delete('Action');
  parameters.delete('Version');
  return { action, parameters };
}

/** The answer for an action that this version of STS does not have. */
export function unknownAction(action: string): AwsRefusal {
  return new AwsRefusal('InvalidAction', 400, `Could not find operation ${action} for version ${apiVersion}`);
}

/** STS's answer for a parameter that it does not take. */
export function validationError(message: string): AwsRefusal {
  return new AwsRefusal('ValidationError', 400, message);
}

/** Refuses parameters beyond the known ones: an ignored parameter is one that did not do what its sender meant.
 * `members` are the lists, as `Tags.member.`. */
export function refuseUnknown(
  parameters: StsForm['parameters'],
  names: readonly string[],
  lists: readonly string[],
): void {
  for (const name of parameters.keys()) {
    const isListed = lists.some((list) => name === list || name.startsWith(`${list}.member.`));
    if (!names.includes(name) && !isListed) throw validationError(`Unknown parameter ${name}.`);
  }
}

/** A list's members in order: `List.member.1.Field`, or `List.member.1` where a field is ''. Gaps are refused. An empty
 * list is absent, or the bare `List=` that SDKs write. */
export function readList(
  parameters: StsForm['parameters'],
  list: string,
  fields: readonly string[],
): readonly ReadonlyMap<string, string>[] {
  const bare = parameters.get(list);
  if (bare !== undefined && bare !== '') throw validationError(`${list} is not a list.`);
  const members: Map<string, string>[] = [];
  const suffixes = fields.map((field) => (field === '' ? '' : `.${field}`));
  for (;;) {
    const at = `${list}.member.${members.length + 1}`;
    const member = new Map<string, string>();
    fields.forEach((field, index) => {
      const value = parameters.get(`${at}${suffixes[index]!}`);
      if (value !== undefined) member.set(field, value);
    });
    if (member.size === 0) break;
    members.push(member);
  }
  const used = members.reduce((count, member) => count + member.size, 0);
  const given = [...parameters.keys()].filter((name) => name.startsWith(`${list}.member.`)).length;
  if (used !== given) throw validationError(`${list} has members that are out of order or unknown.`);
  return members;
}

/** A parameter of bounded length and a character set. */
export function readText(
  parameters: StsForm['parameters'],
  name: string,
  limits: { readonly min: number; readonly max: number; readonly pattern?: RegExp },
): string | undefined {
  const value = parameters.get(name);
  if (value === undefined) return undefined;
  const length = Array.from(value).length;
  if (length < limits.min || length > limits.max) {
    throw validationError(`${name} must have a length between ${limits.min} and ${limits.max}.`);
  }
  if (limits.pattern !== undefined && !limits.pattern.test(value)) {
    throw validationError(`The ${name} value does not match the pattern ${limits.pattern.source}`);
  }
  return value;
}

/** `DurationSeconds` within an action's limits. Throws ValidationError. */
export function readDuration(
  parameters: StsForm['parameters'],
  limits: { readonly max: number; readonly default: number },
): number {
  const text = parameters.get('DurationSeconds');
  if (text === undefined) return limits.default;
  const seconds = /^[0-9]{1,6}$/.test(text) ? Number(text) : NaN;
  if (seconds >= minSeconds && seconds <= limits.max) return seconds;
  throw validationError(`DurationSeconds must be from ${minSeconds} to ${limits.max}.`);
}

function decodeFormText(text: string): string {
  return decode(text.replaceAll('+', ' '));
}
